import { Outcome } from "@sluice/api/sluice/usage/v1/usage_event";
import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fakeProviders, researchKey, twoTeams } from "./_config.ts";
import { knock, openaiDoor } from "./_dialects.ts";
import { send } from "./_http.ts";
import { eventually, type Sluice, waysToRun } from "./_sluice.ts";

const model = "openai/fake-echo";

describe.each(waysToRun)("the end of %s", (_way, start) => {
  let fake: FakeProvider;
  let sluice: Sluice;

  beforeAll(async () => {
    fake = await startFakeProvider();
    sluice = await start({
      config: {
        providers: fakeProviders(fake, ["fake-echo"]),
        ...twoTeams,
        budgets: [{ name: "everything", limit_usd: "10", window: "day" }],
      },
    });
  });
  beforeEach(() => fake.reset());
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
  });

  const door = () => {
    const service = sluice.services["standalone"] ?? sluice.services["router"];
    if (service === undefined) throw new Error("there is no router");
    return service;
  };
  const budget = async () => (await sluice.governance.listBudgets({})).budgets[0];

  test("told to end, it takes no more, finishes what runs, books it and gives its leases back", async () => {
    fake.script({ reply: { tokens: 200 }, pace: { eventDelayMs: 20 } });
    const running = knock(sluice, openaiDoor, researchKey, openaiDoor.body(model, { stream: true }));
    await fake.waitForRequest((request) => request.eventsWritten > 3);
    const stopped = door().stop();
    await expect(
      eventually(
        () =>
          send(`${sluice.url}/healthz`, { method: "GET" }).then(
            () => "taken",
            () => "refused",
          ),
        (outcome) => outcome === "refused",
      ),
    ).resolves.toBe("refused");
    const answer = await running;
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/\[DONE\]/);
    expect(answer.trailers["x-sluice-cost-usd"]).toMatch(/^0\.000/);
    await stopped;
    await door().restart();
    await door().whenReady(30_000);

    const [entry] = await sluice.ledgerOf(String(answer.headers["x-sluice-request-id"]));
    expect(entry?.event?.outcome).toBe(Outcome.SUCCEEDED);
    expect(await budget()).toMatchObject({
      committed: { usdNanos: entry?.event?.cost?.usdNanos },
      presumed: { usdNanos: 0n },
      leased: { usdNanos: 0n },
    });
  });

  test("killed in the middle of an answer, it books what had been held, once, when it is back", async () => {
    fake.script({ reply: { tokens: 200 }, pace: { eventDelayMs: 20 } });
    const broken = knock(sluice, openaiDoor, researchKey, openaiDoor.body(model, { stream: true, max_tokens: 300 }));
    const failure = expect(broken).rejects.toThrow();
    await fake.waitForRequest((request) => request.eventsWritten > 3);
    await door().kill();
    await failure;
    await door().restart();
    await door().whenReady(30_000);
    const unknown = await eventually(
      async () => (await sluice.billing.listLedgerEntries({ pageSize: 1_000 })).entries,
      (entries) => entries.some(({ event }) => event?.outcome === Outcome.UNKNOWN),
      { timeoutMs: 20_000, what: "an entry of unknown outcome" },
    );
    const [entry, ...others] = unknown.filter(({ event }) => event?.outcome === Outcome.UNKNOWN);
    expect(others).toEqual([]);
    expect(entry?.event?.cost?.usdNanos).toBe(entry?.event?.reserved?.usdNanos);
    expect(entry?.event?.reserved?.usdNanos).toBeGreaterThanOrEqual(300n * 2_000n);
    expect((await knock(sluice, openaiDoor, researchKey, openaiDoor.body(model))).status).toBe(200);
  });
});
