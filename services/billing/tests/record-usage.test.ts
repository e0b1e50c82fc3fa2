import { create } from "@bufbuild/protobuf";
import { SpendDimension } from "@sluice/api/sluice/billing/v1/billing_service";
import { InstanceClosedEventSchema, Outcome, type UsageEvent } from "@sluice/api/sluice/usage/v1/usage_event";
import { ConnectError, readErrorInfo } from "@sluice/rpc";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type BillingUnderTest,
  createBillingDatabase,
  createEvent,
  createFakePolicy,
  eventually,
  type FakePolicy,
  reviseEvent,
  startBilling,
} from "./billing-under-test.ts";

let billing: BillingUnderTest;
let policy: FakePolicy;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  const database = stack.use(await createBillingDatabase());
  policy = createFakePolicy();
  billing = stack.use(startBilling({ databaseUrl: database.url, policy }));
});
afterAll(() => stack.disposeAsync());

async function entriesOf(requestId: string): Promise<UsageEvent[]> {
  const { entries } = await billing.client.listLedgerEntries({ requestId });
  return entries.map((entry) => entry.event as UsageEvent);
}

describe("booking", () => {
  test("keeps the event as it came, once however often it comes", async () => {
    const event = createEvent({
      team: "once",
      tags: { app: "notebooks" },
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
    });
    await billing.client.recordUsage({ events: [event, event] });
    await billing.client.recordUsage({ events: [event] });
    expect(await entriesOf(event.requestId)).toEqual([event]);
    const { rows } = await billing.client.querySpend({ team: "once" });
    expect(rows).toMatchObject([
      { cost: { usdNanos: 20n }, requests: 1n, attempts: 1n, inputTokens: 10n, outputTokens: 5n },
    ]);
  });

  test.each<[string, readonly Outcome[], Outcome]>([
    ["an unknown outcome gives way to a known one", [Outcome.UNKNOWN, Outcome.CANCELLED], Outcome.CANCELLED],
    ["a known outcome never gives way", [Outcome.SUCCEEDED, Outcome.UNKNOWN, Outcome.FAILED], Outcome.SUCCEEDED],
    ["an unknown outcome never gives way to another", [Outcome.UNKNOWN, Outcome.UNKNOWN], Outcome.UNKNOWN],
  ])("%s, in one batch or several", async (_what, outcomes, expected) => {
    const cost = (place: number) => BigInt(place + 1);
    const versions = (first: UsageEvent) => outcomes.map((outcome, place) => reviseEvent(first, outcome, cost(place)));
    const chosen = { usdNanos: cost(outcomes.indexOf(expected)) };

    const together = versions(createEvent());
    await billing.client.recordUsage({ events: together });
    expect(await entriesOf(together[0]?.requestId ?? "")).toMatchObject([{ outcome: expected, cost: chosen }]);

    const apart = versions(createEvent());
    for (const event of apart) await billing.client.recordUsage({ events: [event] });
    expect(await entriesOf(apart[0]?.requestId ?? "")).toMatchObject([{ outcome: expected, cost: chosen }]);
  });

  test("books what was charged and marks what usage and price make another cost of", async () => {
    const event = createEvent({ cost: { usdNanos: 21n } });
    await billing.client.recordUsage({ events: [event] });
    const { rows } = await billing.pool.query(
      "select cost_nanos, rated_nanos, rating from billing.ledger_entries where attempt_id = $1",
      [event.attemptId],
    );
    expect(rows).toEqual([{ cost_nanos: 21n, rated_nanos: 20n, rating: "differs" }]);
  });

  test("keeps what cannot be booked as a dead letter, and books the rest", async () => {
    const good = createEvent();
    const bad = createEvent({ team: "nul\0" });
    await billing.client.recordUsage({ events: [bad, good] });
    await billing.client.recordUsage({ events: [bad] });
    expect(await entriesOf(good.requestId)).toHaveLength(1);
    const { rows } = await billing.pool.query(
      "select subject, reason, arrivals from billing.dead_letters where message_id = $1",
      [bad.attemptId],
    );
    expect(rows).toEqual([{ subject: "usage.v1.recorded", reason: "team holds a NUL character", arrivals: 2n }]);
  });

  test("parts a message that the store refuses from those beside it", async () => {
    await billing.pool.query(
      "alter table billing.ledger_entries add constraint no_cursed check (model <> 'cursed') not valid",
    );
    const events = Array.from({ length: 9 }, (_, place) => createEvent({ model: place === 6 ? "cursed" : "fine" }));
    await billing.client.recordUsage({ events });
    const { rows } = await billing.pool.query<{ attempt_id: string }>(
      "select attempt_id from billing.ledger_entries where attempt_id = any($1)",
      [events.map((event) => event.attemptId)],
    );
    expect(rows).toHaveLength(8);
    const dead = await billing.pool.query<{ reason: string }>(
      "select reason from billing.dead_letters where message_id = $1",
      [events[6]?.attemptId],
    );
    expect(dead.rows).toMatchObject([{ reason: expect.stringContaining("no_cursed") }]);
    await billing.pool.query("alter table billing.ledger_entries drop constraint no_cursed");
  });
});

describe("reconciliation", () => {
  const closed = (instanceId: string, lastSequence: bigint) =>
    create(InstanceClosedEventSchema, { instanceId, lastSequence });
  const toldOf = (instanceId: string) => policy.told.filter((request) => request.instanceId === instanceId);
  const event = (
    instanceId: string,
    sequence: bigint,
    usdNanos: bigint,
    leases: readonly string[],
    outcome: Outcome = Outcome.SUCCEEDED,
  ) =>
    createEvent({
      instanceId,
      sequence,
      outcome,
      cost: { usdNanos },
      charges: leases.map((leaseId) => ({ leaseId, budget: `budget-of-${leaseId}` })),
    });

  test("tells policy what was spent of each lease once all events are there, in whatever order they come", async () => {
    await billing.client.recordUsage({ closedInstances: [closed("late", 4n)] });
    await billing.client.recordUsage({ events: [event("late", 3n, 30n, ["a"]), event("late", 1n, 1n, ["a", "b"])] });
    await billing.client.recordUsage({ events: [event("late", 4n, 400n, [])] });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(toldOf("late")).toEqual([]);
    await billing.client.recordUsage({ events: [event("late", 2n, 2n, ["b"])] });
    await eventually("reconciliation", () => toldOf("late").length > 0);
    expect(toldOf("late")).toMatchObject([
      {
        spends: [
          { leaseId: "a", spent: { usdNanos: 31n } },
          { leaseId: "b", spent: { usdNanos: 3n } },
        ],
      },
    ]);
    // What comes again changes nothing.
    await billing.client.recordUsage({ closedInstances: [closed("late", 4n)] });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(toldOf("late")).toHaveLength(1);
  });

  test("tells policy of a process that made no attempt", async () => {
    await billing.client.recordUsage({ closedInstances: [closed("empty", 0n)] });
    await eventually("reconciliation", () => toldOf("empty").length > 0);
    expect(toldOf("empty")[0]?.spends).toEqual([]);
  });

  test("tells policy again when a known outcome takes the place of an unknown one", async () => {
    const unknown = event("revised", 1n, 100n, ["r"], Outcome.UNKNOWN);
    await billing.client.recordUsage({ events: [unknown], closedInstances: [closed("revised", 1n)] });
    await eventually("reconciliation", () => toldOf("revised").length === 1);
    const known = reviseEvent(unknown, Outcome.SUCCEEDED, 7n);
    await billing.client.recordUsage({ events: [known] });
    await eventually("the second reconciliation", () => toldOf("revised").length === 2);
    expect(toldOf("revised")[1]?.spends).toMatchObject([{ leaseId: "r", spent: { usdNanos: 7n } }]);
  });

  test("goes on until policy confirms, in another process if need be", async () => {
    policy.state = "down";
    await billing.client.recordUsage({
      events: [event("patient", 1n, 5n, ["p"])],
      closedInstances: [closed("patient", 1n)],
    });
    await eventually("the failure", async () => {
      const { checks } = await billing.lifecycle.readiness();
      return checks["billing_reconciliation"]?.state === "degraded";
    });
    policy.state = "up";
    await eventually("reconciliation", () => toldOf("patient").length === 1);
    const reconciled = async () => {
      const { rows } = await billing.pool.query<{ done: boolean }>(
        "select reconcile_time is not null as done from billing.instances where instance_id = 'patient'",
      );
      return rows[0]?.done;
    };
    expect(await eventually("the mark", reconciled)).toBe(true);
  });
});

describe("queries", () => {
  const events = [
    createEvent({
      team: "q1",
      key: "k1",
      model: "openai/a",
      provider: "openai",
      route: "chat",
      cost: { usdNanos: 5n },
      charges: [
        { leaseId: "x", budget: "b1" },
        { leaseId: "y", budget: "b2" },
      ],
    }),
    createEvent({
      team: "q1",
      key: "k1",
      model: "anthropic/b",
      provider: "anthropic",
      route: "chat",
      cost: { usdNanos: 50n },
      charges: [{ leaseId: "x", budget: "b1" }],
      outcome: Outcome.FAILED,
    }),
    createEvent({
      team: "q1",
      key: "k2",
      model: "openai/a",
      provider: "openai",
      route: "",
      cost: { usdNanos: 500n },
      charges: [],
      startTime: { seconds: BigInt(Date.UTC(2026, 10, 23) / 1_000) },
    }),
    createEvent({
      team: "q1",
      key: "k2",
      model: "openai/a",
      provider: "openai",
      route: "",
      attemptNumber: 0,
      cost: { usdNanos: 0n },
      saved: { usdNanos: 44n },
      charges: [],
      startTime: { seconds: BigInt(Date.UTC(2026, 10, 23) / 1_000) - 1n, nanos: 999_999_999 },
    }),
  ];
  // Two attempts of one request.
  const [first, second] = events;
  if (first !== undefined && second !== undefined) second.requestId = first.requestId;

  beforeAll(() => billing.client.recordUsage({ events }));

  const sums = async (groupBy: SpendDimension[], more: object = {}) => {
    const { rows } = await billing.client.querySpend({ team: "q1", groupBy, ...more });
    return rows.map((row) => [...row.values, row.cost?.usdNanos]);
  };

  test("sum all in one", async () => {
    const { rows } = await billing.client.querySpend({ team: "q1" });
    expect(rows).toMatchObject([
      {
        values: [],
        cost: { usdNanos: 555n },
        saved: { usdNanos: 44n },
        requests: 3n,
        attempts: 3n,
        failedAttempts: 1n,
        inputTokens: 40n,
        outputTokens: 20n,
      },
    ]);
    expect((await billing.client.querySpend({ team: "nobody" })).rows).toMatchObject([
      { cost: { usdNanos: 0n }, requests: 0n },
    ]);
  });

  test("divide by every dimension, the dearest first", async () => {
    expect(await sums([SpendDimension.TEAM])).toEqual([["q1", 555n]]);
    expect(await sums([SpendDimension.KEY])).toEqual([
      ["k2", 500n],
      ["k1", 55n],
    ]);
    expect(await sums([SpendDimension.MODEL])).toEqual([
      ["openai/a", 505n],
      ["anthropic/b", 50n],
    ]);
    expect(await sums([SpendDimension.PROVIDER])).toEqual([
      ["openai", 505n],
      ["anthropic", 50n],
    ]);
    expect(await sums([SpendDimension.ROUTE])).toEqual([
      ["", 500n],
      ["chat", 55n],
    ]);
    expect(await sums([SpendDimension.DAY])).toEqual([
      ["2026-11-23", 500n],
      ["2026-11-22", 55n],
    ]);
    expect(await sums([SpendDimension.BUDGET])).toEqual([
      ["b1", 55n],
      ["b2", 5n],
    ]);
    expect(await sums([SpendDimension.BUDGET, SpendDimension.PROVIDER])).toEqual([
      ["b1", "anthropic", 50n],
      ["b1", "openai", 5n],
      ["b2", "openai", 5n],
    ]);
  });

  test("narrow to a time, a key, a model, a budget", async () => {
    const at = (ms: number) => ({ seconds: BigInt(ms / 1_000), nanos: 0 });
    const midnight = Date.UTC(2026, 10, 23);
    expect(await sums([], { startTime: at(midnight) })).toEqual([[500n]]);
    expect(await sums([], { endTime: at(midnight) })).toEqual([[55n]]);
    expect(await sums([], { key: "k1" })).toEqual([[55n]]);
    expect(await sums([], { model: "anthropic/b" })).toEqual([[50n]]);
    expect(await sums([], { budget: "b2" })).toEqual([[5n]]);
    expect(await sums([SpendDimension.BUDGET], { budget: "b1" })).toEqual([["b1", 55n]]);
  });

  test("give sums page by page", async () => {
    const groupBy = [SpendDimension.KEY, SpendDimension.MODEL, SpendDimension.DAY];
    const whole = await sums(groupBy);
    const paged: unknown[] = [];
    let pageToken = "";
    do {
      const page = await billing.client.querySpend({ team: "q1", groupBy, pageSize: 1, pageToken });
      paged.push(...page.rows.map((row) => [...row.values, row.cost?.usdNanos]));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(paged).toEqual(whole);
    expect(whole).toHaveLength(4);
  });

  test("give entries page by page, newest first", async () => {
    const ids: string[] = [];
    let pageToken = "";
    do {
      const page = await billing.client.listLedgerEntries({ team: "q1", pageSize: 1, pageToken });
      ids.push(...page.entries.map((entry) => entry.event?.attemptId ?? ""));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(ids).toEqual([2, 3, 1, 0].map((place) => events[place]?.attemptId));
    expect((await billing.client.listLedgerEntries({ team: "q1", key: "k1" })).entries).toHaveLength(2);
    expect(await entriesOf(events[0]?.requestId ?? "")).toHaveLength(2);
  });

  test("refuse a token of another query", async () => {
    const { nextPageToken } = await billing.client.listLedgerEntries({ team: "q1", pageSize: 1 });
    expect(nextPageToken).not.toBe("");
    const error = await billing.client
      .listLedgerEntries({ team: "other", pageToken: nextPageToken })
      .catch((caught) => caught);
    expect(error).toBeInstanceOf(ConnectError);
    expect(readErrorInfo(error)?.metadata).toEqual({ parameter: "page_token" });
  });
});

test("sums of spend are the sums of the events, whatever comes in whatever order however often", async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          key: fc.constantFrom("a", "b"),
          cost: fc.option(fc.bigInt({ min: 0n, max: 10n ** 12n }), { nil: undefined }),
          provisional: fc.option(fc.bigInt({ min: 0n, max: 10n ** 12n }), { nil: undefined }),
          budgets: fc.uniqueArray(fc.constantFrom("b1", "b2", "b3"), { maxLength: 3 }),
        }),
        { minLength: 1, maxLength: 30 },
      ),
      fc.array(fc.nat(), { maxLength: 60 }),
      async (attempts, repeats) => {
        run += 1;
        const team = `property-${run}`;
        const deliveries: UsageEvent[] = [];
        for (const { key, cost, provisional, budgets } of attempts) {
          const charges = budgets.map((budget) => ({ leaseId: `${team}-${budget}`, budget }));
          const event = createEvent({ team, key, charges, instanceId: team });
          if (provisional !== undefined) deliveries.push(reviseEvent(event, Outcome.UNKNOWN, provisional));
          deliveries.push(reviseEvent(event, Outcome.SUCCEEDED, cost));
        }
        for (const repeat of repeats) {
          const event = deliveries[repeat % deliveries.length] as UsageEvent;
          deliveries.splice((repeat * 7) % deliveries.length, 0, event);
        }
        for (let at = 0; at < deliveries.length; at += 13) {
          await billing.client.recordUsage({ events: deliveries.slice(at, at + 13) });
        }
        const expected = (read: (attempt: (typeof attempts)[number]) => readonly string[]) => {
          const sums = new Map<string, bigint>();
          for (const attempt of attempts) {
            for (const name of read(attempt)) sums.set(name, (sums.get(name) ?? 0n) + (attempt.cost ?? 0n));
          }
          return sums;
        };
        const actual = async (dimension: SpendDimension) => {
          const { rows } = await billing.client.querySpend({ team, groupBy: [dimension] });
          return new Map(rows.map((row) => [row.values[0] ?? "", row.cost?.usdNanos ?? -1n]));
        };
        expect(await actual(SpendDimension.KEY)).toEqual(expected((attempt) => [attempt.key]));
        expect(await actual(SpendDimension.BUDGET)).toEqual(expected((attempt) => attempt.budgets));
        expect(await actual(SpendDimension.TEAM)).toEqual(expected(() => [team]));
      },
    ),
    { numRuns: 25 },
  );
});
