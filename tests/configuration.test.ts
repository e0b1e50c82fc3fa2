import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fakeProviders, opsKey, researchKey, type SluiceConfig, testModel, twoTeams } from "./_config.ts";
import { knock, openaiDoor } from "./_dialects.ts";
import type { RawAnswer } from "./_http.ts";
import { eventually, type Sluice, waysToRun } from "./_sluice.ts";

/** Files are looked at when the system says that they changed, and every few seconds besides. */
const followedWithinMs = 8_000;

describe.each(waysToRun)("a configuration that changes under %s", (_way, start) => {
  let fake: FakeProvider;
  let sluice: Sluice;
  let config: SluiceConfig;

  beforeAll(async () => {
    fake = await startFakeProvider({ models: ["first", "second"] });
    config = { providers: fakeProviders(fake, ["first"]), ...twoTeams };
    sluice = await start({ config });
  });
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
  });

  const ask = (model: string, secret = researchKey) => knock(sluice, openaiDoor, secret, openaiDoor.body(model));
  const until = (status: number, model: string, secret = researchKey): Promise<RawAnswer> =>
    eventually(
      () => ask(model, secret),
      (answer) => answer.status === status,
      { timeoutMs: followedWithinMs, what: `an answer with status ${status}` },
    );

  test("what is new can be used, and what is gone cannot", async () => {
    expect((await ask("openai/first")).status).toBe(200);
    expect((await ask("openai/second")).status).toBe(404);
    expect((await ask("either")).status).toBe(404);

    const [openai, anthropic] = config.providers ?? [];
    if (openai === undefined || anthropic === undefined) throw new Error("there are two providers");
    sluice.configure({
      ...config,
      providers: [{ ...openai, models: [testModel("first"), testModel("second")] }, anthropic],
      routes: [{ name: "either", targets: [{ model: "openai/second" }] }],
      keys: [...twoTeams.keys.filter((key) => key.name !== "pipelines")],
    });
    expect((await until(200, "either")).headers["x-sluice-model"]).toBe("openai/second");
    await until(200, "openai/second");
    await until(401, "openai/first", opsKey);
  });

  test("a file with a fault changes nothing, and the log says what is wrong, where", async () => {
    sluice.configure({ ...config, teams: [{ name: "Not A Name", models: ["*"] }] });
    await eventually(
      async () => sluice.output,
      (output) => /sluice\.yaml:\d+:\d+/.test(output) && output.includes("teams[0].name"),
      { timeoutMs: followedWithinMs, what: "a line about the fault" },
    );
    expect((await ask("either")).status).toBe(200);
    sluice.configure({ ...config, limits: [{ requests_per_minute: 5 }] } as SluiceConfig);
    await eventually(
      async () => sluice.output,
      (output) => /not available yet/.test(output),
      { timeoutMs: followedWithinMs, what: "a line about what is to come" },
    );
    expect((await ask("either")).status).toBe(200);
  });

  test("a budget holds from the moment it is there", async () => {
    sluice.configure({ ...config, budgets: [{ name: "nothing", limit_usd: "0.000001", window: "day" }] });
    const refused = await until(429, "openai/first");
    expect(refused.text).toContain("budget nothing");
    sluice.configure(config);
    await until(200, "openai/first");
  });
});
