import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { Outcome } from "@sluice/api/sluice/usage/v1/usage_event";
import {
  type ClosedPort,
  createClosedPort,
  type FakeProvider,
  type FaultName,
  startFakeProvider,
} from "@sluice/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { researchKey, testModel, twoTeams } from "./_config.ts";
import { doors, knock } from "./_dialects.ts";
import { eventually, type Sluice, waysToRun } from "./_sluice.ts";

const targets = ["openai/fake-echo", "anthropic/fake-echo"];

describe.each(waysToRun)("what providers do, at %s", (_way, start) => {
  let fake: FakeProvider;
  let closed: ClosedPort;
  let sluice: Sluice;

  beforeAll(async () => {
    fake = await startFakeProvider();
    closed = await createClosedPort();
    const timeouts = { connect: "500ms", first_token: "400ms", idle: "400ms", total: "5s" };
    const models = [testModel("fake-echo")];
    sluice = await start({
      config: {
        providers: [
          { name: "openai", base_url: fake.openaiBaseUrl, api_keys: ["a", "b", "c", "d"], models, timeouts },
          { name: "anthropic", base_url: fake.anthropicBaseUrl, api_keys: ["a", "b", "c", "d"], models, timeouts },
          { name: "down", kind: "openai", base_url: `${closed.url}/v1`, api_keys: ["a"], models, timeouts },
        ],
        routes: [
          { name: "failover", targets: [{ model: "down/fake-echo" }, { model: "openai/fake-echo" }] },
          { name: "across", targets: [{ model: "openai/fake-echo" }, { model: "anthropic/fake-echo" }] },
          { name: "impatient", targets: [{ model: "openai/fake-echo" }], retry: { attempts: 1 } },
          {
            name: "picky",
            targets: [{ model: "openai/fake-echo" }, { model: "anthropic/fake-echo" }],
            retry: { on: ["rate_limited"] },
          },
        ],
        ...twoTeams,
        budgets: [{ name: "everything", limit_usd: "10", window: "day" }],
      },
    });
  });
  beforeEach(() => fake.reset());
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
    await closed?.[Symbol.asyncDispose]();
  });

  describe.each(doors)("for a client of $name", (door) => {
    const ask = (model: string, more: Record<string, unknown> = {}) =>
      knock(sluice, door, researchKey, door.body(model, more));

    describe.each(targets)("%s", (model) => {
      const name = model.split("/")[0] ?? "";

      test.each<[FaultName, number, ErrorReason]>([
        ["stall-before-headers", 504, ErrorReason.UPSTREAM_TIMEOUT],
        ["reset-before-headers", 502, ErrorReason.UPSTREAM_CONNECTION],
        ["close-mid-stream", 502, ErrorReason.UPSTREAM_CONNECTION],
        ["server-error", 502, ErrorReason.UPSTREAM_SERVER_ERROR],
        ["bad-gateway-html", 502, ErrorReason.UPSTREAM_SERVER_ERROR],
        ["overloaded", 529, ErrorReason.UPSTREAM_OVERLOADED],
        ["rate-limited", 429, ErrorReason.UPSTREAM_RATE_LIMITED],
        ["unauthorized", 502, ErrorReason.UPSTREAM_UNAUTHENTICATED],
        ["forbidden", 502, ErrorReason.UPSTREAM_PERMISSION_DENIED],
        ["html-body-with-200", 502, ErrorReason.UPSTREAM_MALFORMED],
        ["empty-body", 502, ErrorReason.UPSTREAM_MALFORMED],
        ["truncated-json", 502, ErrorReason.UPSTREAM_MALFORMED],
        ["content-length-too-long", 502, ErrorReason.UPSTREAM_CONNECTION],
      ])("a whole answer, %s: %i, tried again, and free", async (fault, status, reason) => {
        fake.script({ match: { model: "fake-echo" }, fault, times: "always" });
        const answer = await ask(model);
        expect(answer.status, answer.text).toBe(status);
        const error = door.readError(answer.json());
        expect(error.message).toContain(name);
        if (door.types[status] !== undefined && status !== 429) expect(error.type).toBe(door.types[status]);
        expect(answer.headers).toMatchObject({
          "x-sluice-model": model,
          "x-sluice-attempts": "2",
          "x-sluice-cost-usd": "0.00",
        });
        if (fault === "rate-limited") expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
        const entries = await sluice.ledgerOf(String(answer.headers["x-sluice-request-id"]), (all) => all.length === 2);
        for (const { event } of entries) {
          expect(event).toMatchObject({ outcome: Outcome.FAILED, errorReason: reason, cost: { usdNanos: 0n } });
        }
      });

      test.each<FaultName>([
        "close-mid-stream",
        "reset-mid-stream",
        "end-mid-stream",
        "stall-mid-stream",
        "error-event-in-stream",
        "malformed-event",
        // A `[DONE]` is an end, even where OpenAI's `finish_reason` is missing.
        ...(name === "anthropic" ? (["no-finish"] as const) : []),
      ])("a stream, %s: an error event at its end, never a finish, and free", async (fault) => {
        fake.script({
          match: { model: "fake-echo" },
          reply: { tokens: 40 },
          fault: { name: fault, afterEvents: 6 },
          pace: { eventDelayMs: 2 },
        });
        const answer = await ask(model, { stream: true });
        expect(answer.status).toBe(200);
        expect(answer.headers["content-type"]).toMatch(/^text\/event-stream/);
        expect(answer.text).toMatch(/lorem/);
        expect(answer.text).not.toMatch(door.endOfStream);
        const error = door.readStreamError(answer.text);
        if (error === undefined) throw new Error(`no error at the end: ${answer.text.slice(-500)}`);
        expect(door.readError(error).message).toContain(name);
        expect(answer.headers["x-sluice-attempts"]).toBe("1");
        expect(answer.trailers["x-sluice-cost-usd"]).toBe("0.00");
        const [entry] = await sluice.ledgerOf(String(answer.headers["x-sluice-request-id"]));
        expect(entry?.event).toMatchObject({ outcome: Outcome.FAILED, cost: { usdNanos: 0n } });
      });

      test("an error before a stream's first event has a status, and is tried again", async () => {
        fake.script({ match: { model: "fake-echo" }, fault: "server-error" });
        const second = await ask(model, { stream: true });
        expect(second.status).toBe(200);
        expect(second.text).toMatch(door.endOfStream);
        expect(second.headers["x-sluice-attempts"]).toBe("2");
        fake.script({ match: { model: "fake-echo" }, fault: "server-error", times: "always" });
        const failed = await ask(model, { stream: true });
        expect(failed.status).toBe(502);
        door.readError(failed.json());
      });
    });

    test.each([false, true])("the first target is down: the second answers (stream: %s)", async (stream) => {
      const answer = await ask("failover", { stream });
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({ "x-sluice-attempts": "2", "x-sluice-model": "openai/fake-echo" });
      const entries = await sluice.ledgerOf(String(answer.headers["x-sluice-request-id"]), (all) => all.length === 2);
      const byNumber = [...entries].sort((a, b) => (a.event?.attemptNumber ?? 0) - (b.event?.attemptNumber ?? 0));
      expect(byNumber.map(({ event }) => [event?.model, event?.outcome, event?.route])).toEqual([
        ["down/fake-echo", Outcome.FAILED, "failover"],
        ["openai/fake-echo", Outcome.SUCCEEDED, "failover"],
      ]);
      expect(byNumber[0]?.event).toMatchObject({
        errorReason: ErrorReason.UPSTREAM_CONNECTION,
        cost: { usdNanos: 0n },
      });
      expect(byNumber[1]?.event?.cost?.usdNanos).toBeGreaterThan(0n);
    });

    test("a provider that is down by its own name: 502 that names it", async () => {
      const answer = await ask("down/fake-echo");
      expect(answer.status).toBe(502);
      expect(door.readError(answer.json()).message).toMatch(/^down: the connection failed/);
    });

    test.each([false, true])("a target of another dialect takes over (stream: %s)", async (stream) => {
      fake.script({ match: { api: "openai.chat" }, fault: "overloaded" });
      const answer = await ask("across", { stream });
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({ "x-sluice-attempts": "2", "x-sluice-model": "anthropic/fake-echo" });
      expect(answer.text).toContain("Hello");
    });

    test("after the first byte nobody takes over", async () => {
      fake.script({ match: { api: "openai.chat" }, fault: { name: "close-mid-stream", afterEvents: 2 } });
      const answer = await ask("across", { stream: true });
      expect(door.readStreamError(answer.text)).toBeDefined();
      expect(answer.headers["x-sluice-attempts"]).toBe("1");
      expect(fake.stats.received).toBe(1);
    });

    test("a route says how often and after what", async () => {
      fake.script({ match: { api: "openai.chat" }, fault: "server-error", times: "always" });
      expect((await ask("impatient")).headers["x-sluice-attempts"]).toBe("1");
      expect((await ask("picky")).headers["x-sluice-attempts"]).toBe("1");
      fake.reset();
      fake.script({ match: { api: "openai.chat" }, fault: "rate-limited", times: "always" });
      expect((await ask("picky")).headers).toMatchObject({
        "x-sluice-attempts": "2",
        "x-sluice-model": "anthropic/fake-echo",
      });
    });

    test("what the provider finds wrong with the request is the caller's, and not tried elsewhere", async () => {
      fake.script({ match: { model: "fake-echo" }, fault: "context-too-long" });
      const answer = await ask("across");
      expect(answer.status).toBe(400);
      expect(answer.headers["x-sluice-attempts"]).toBe("1");
      expect(door.readError(answer.json()).type).toBe("invalid_request_error");
    });
  });

  test("what failed is in the ledger and cost nothing; what was answered after it did", async () => {
    const settled = await eventually(
      async () => {
        const { rows } = await sluice.billing.querySpend({});
        const { budgets } = await sluice.governance.listBudgets({});
        return { spent: rows[0], budget: budgets[0] };
      },
      ({ spent, budget }) => spent?.cost?.usdNanos === budget?.committed?.usdNanos,
      { timeoutMs: 15_000, what: "what the ledger and the budget hold" },
    );
    expect(settled.spent?.failedAttempts).toBeGreaterThan(50n);
    expect(settled.spent?.cost?.usdNanos).toBeGreaterThan(0n);
    expect(settled.budget?.presumed?.usdNanos ?? 0n).toBe(0n);
  });
});
