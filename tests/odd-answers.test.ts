import { Outcome, UsageSource } from "@sluice/api/sluice/usage/v1/usage_event";
import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { anthropicClient, openaiClient } from "./_clients.ts";
import { fakeProviders, researchKey, twoTeams } from "./_config.ts";
import { doors, knock } from "./_dialects.ts";
import { eventually, type Sluice, waysToRun } from "./_sluice.ts";

/** Answers that are valid enough to be given, and that must neither stop the books nor be believed. */
describe.each(waysToRun)("what a provider may say, at %s", (_way, start) => {
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

  const completion = (more: Record<string, unknown>, choice: Record<string, unknown> = {}) => ({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "fake-echo",
    choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop", ...choice }],
    ...more,
  });
  const usage = (more: Record<string, unknown>) => ({
    prompt_tokens: 3,
    completion_tokens: 2,
    total_tokens: 5,
    ...more,
  });

  const oddities: readonly (readonly [string, Record<string, unknown>])[] = [
    ["no usage", completion({})],
    ["usage of null", completion({ usage: null })],
    ["negative tokens", completion({ usage: usage({ prompt_tokens: -3 }) })],
    ["half tokens", completion({ usage: usage({ completion_tokens: 1.5 }) })],
    ["more tokens than fit", completion({ usage: usage({ prompt_tokens: 5_000_000_000 }) })],
    ["tokens as a text", completion({ usage: usage({ prompt_tokens: "3" }) })],
    ["more cached than there was", completion({ usage: usage({ prompt_tokens_details: { cached_tokens: 99 } }) })],
    ["a long finish", completion({ usage: usage({}) }, { finish_reason: "x".repeat(5_000) })],
    ["a finish with NUL", completion({ usage: usage({}) }, { finish_reason: "st\0op" })],
    ["a long id and model", completion({ usage: usage({}), id: "i".repeat(9_000), model: "m".repeat(9_000) })],
    ["an id with NUL", completion({ usage: usage({}), id: "a\0b", model: "c\0d" })],
    ["half a surrogate", completion({ usage: usage({}) }, { message: { role: "assistant", content: "\ud800" } })],
  ];

  test.each(doors.flatMap((door) => oddities.map(([what, body]) => [door.name, what, door, body] as const)))(
    "to a client of %s: %s is answered and booked",
    async (_name, _what, door, body) => {
      const headers = { "content-type": "application/json" };
      fake.script({ raw: { status: 200, headers, body: JSON.stringify(body) } });
      const answer = await knock(sluice, door, researchKey, door.body("openai/fake-echo"));
      expect(answer.status, answer.text.slice(0, 300)).toBe(200);
      const [entry] = await sluice.ledgerOf(String(answer.headers["x-sluice-request-id"]));
      expect(entry?.event).toMatchObject({ outcome: Outcome.SUCCEEDED, team: "research" });
      expect(entry?.event?.usageSource).not.toBe(UsageSource.UNSPECIFIED);
      expect(entry?.event?.cost?.usdNanos).toBeGreaterThan(0n);
    },
  );

  test("the budget holds what the ledger does", async () => {
    await eventually(
      async () => {
        const { rows } = await sluice.billing.querySpend({});
        const { budgets } = await sluice.governance.listBudgets({});
        return { spent: rows[0]?.cost?.usdNanos, committed: budgets[0]?.committed?.usdNanos };
      },
      ({ spent, committed }) => spent !== undefined && spent === committed,
      { timeoutMs: 15_000, what: "what the ledger and the budget hold" },
    );
  });

  test("SDKs throw where a stream breaks, in either dialect", async () => {
    const broken = { reply: { tokens: 40 }, fault: { name: "close-mid-stream", afterEvents: 6 } } as const;
    const messages = [{ role: "user" as const, content: "Hello" }];
    for (const model of ["openai/fake-echo", "anthropic/fake-echo"]) {
      fake.script(broken, broken);
      let text = "";
      await expect(async () => {
        const stream = await openaiClient(sluice, researchKey).chat.completions.create({
          model,
          stream: true,
          messages,
        });
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
      }).rejects.toThrow(/connection failed/);
      expect(text).toMatch(/^lorem/);
      const stream = anthropicClient(sluice, researchKey).messages.stream({ model, max_tokens: 200, messages });
      await expect(stream.finalMessage()).rejects.toThrow(/connection failed/);
    }
  });
});
