import { setTimeout as sleep } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { SpendDimension } from "@sluice/api/sluice/billing/v1/billing_service";
import {
  InstanceClosedEventSchema,
  Outcome,
  type UsageEvent,
  UsageEventSchema,
} from "@sluice/api/sluice/usage/v1/usage_event";
import {
  connectEvents,
  createPublisher,
  type EventsConnection,
  type NatsServer,
  type Publisher,
  readConsumerPlace,
  usageStream,
} from "@sluice/events";
import { startTestNats } from "@sluice/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
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

let stack: AsyncDisposableStack;
let nats: NatsServer;
let connection: EventsConnection;
let publisher: Publisher;
let policy: FakePolicy;
let databaseUrl: string;
let billing: BillingUnderTest;

/** Another billing process, as it were: a connection and a pool of its own. */
function startAnother(on: AsyncDisposableStack): BillingUnderTest {
  const events = on.use(connectEvents({ url: nats.url, name: "billing" }));
  return on.use(startBilling({ databaseUrl, policy, events }));
}

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  nats = stack.use(await startTestNats());
  databaseUrl = stack.use(await createBillingDatabase()).url;
  policy = createFakePolicy();
  connection = stack.use(connectEvents({ url: nats.url, name: "router" }));
  publisher = stack.use(createPublisher({ connection, stream: usageStream }));
  billing = startAnother(stack);
  await publisher.whenReady();
});
afterEach(() => stack.disposeAsync());

/** Publishes as a router does: again and again until it is acknowledged. */
async function publish(event: UsageEvent, id = event.attemptId): Promise<void> {
  for (;;) {
    try {
      await publisher.publish({ subject: "usage.v1.recorded", id, body: toBinary(UsageEventSchema, event) });
      return;
    } catch {
      await sleep(50);
    }
  }
}

async function publishClosed(instanceId: string, lastSequence: bigint): Promise<void> {
  const body = toBinary(InstanceClosedEventSchema, create(InstanceClosedEventSchema, { instanceId, lastSequence }));
  await publisher.publish({ subject: "usage.v1.instance_closed", id: `closed-${instanceId}`, body });
}

async function total(): Promise<{ costNanos: bigint; attempts: bigint }> {
  const { rows } = await billing.client.querySpend({});
  return { costNanos: rows[0]?.cost?.usdNanos ?? -1n, attempts: rows[0]?.attempts ?? -1n };
}

const booked = (attempts: number) =>
  eventually(`${attempts} bookings`, async () => (await total()).attempts === BigInt(attempts));
/** What was delivered before a crash comes again only when its time to be acknowledged has passed. */
const everythingIsAcknowledged = () =>
  eventually(
    "everything acknowledged",
    async () => {
      const place = await readConsumerPlace(connection, usageStream.name, "billing");
      return place.acknowledged === place.lastInStream;
    },
    40_000,
  );

const costOf = (events: readonly UsageEvent[]) => events.reduce((sum, event) => sum + (event.cost?.usdNanos ?? 0n), 0n);
const makeEvents = (count: number) =>
  Array.from({ length: count }, (_, place) => createEvent({ cost: { usdNanos: BigInt(place * place + 1) } }));

test("books what is published, once, and empties the stream", async () => {
  const events = makeEvents(600);
  await Promise.all(events.map((event) => publish(event)));
  // The same attempts again, under ids that the stream does not know.
  await Promise.all(events.slice(0, 100).map((event) => publish(event, `again-${event.attemptId}`)));
  await booked(600);
  await everythingIsAcknowledged();
  expect(await total()).toEqual({ costNanos: costOf(events), attempts: 600n });
});

test("an unknown outcome is replaced by the known one that comes later, and not the other way round", async () => {
  const [first, second] = makeEvents(2) as [UsageEvent, UsageEvent];
  await publish(reviseEvent(first, Outcome.UNKNOWN, 1_000n), "first-unknown");
  await publish(second);
  await booked(2);
  await publish(reviseEvent(first, Outcome.SUCCEEDED, 3n), "first-known");
  await publish(reviseEvent(second, Outcome.UNKNOWN, 1_000n), "second-unknown");
  await everythingIsAcknowledged();
  await eventually("the known outcome", async () => (await total()).costNanos === 3n + costOf([second]));
});

test("nothing is lost or booked twice when nats-server is killed in the middle", { timeout: 120_000 }, async () => {
  const events = makeEvents(1_500);
  let next = 0;
  const publishing = Promise.all(
    Array.from({ length: 32 }, async () => {
      for (let event = events[next++]; event !== undefined; event = events[next++]) await publish(event);
    }),
  );
  await eventually("some bookings", async () => (await total()).attempts > 100n);
  await nats.kill();
  await sleep(200);
  await nats.restart();
  await publishing;
  await eventually("all bookings", async () => (await total()).attempts === 1_500n, 40_000);
  await everythingIsAcknowledged();
  expect(await total()).toEqual({ costNanos: costOf(events), attempts: 1_500n });
});

test("two processes at once share the work, and one that leaves takes nothing with it", async () => {
  const other = new AsyncDisposableStack();
  startAnother(other);
  const events = makeEvents(1_000);
  const publishing = Promise.all(events.map((event) => publish(event)));
  // Meanwhile the same events come by RPC: both ways race for the same rows.
  const racing = [];
  for (let at = 0; at < 300; at += 50)
    racing.push(billing.client.recordUsage({ events: events.slice(at, at + 50).reverse() }));
  await Promise.all(racing);
  await other.disposeAsync();
  await publishing;
  await booked(1_000);
  await everythingIsAcknowledged();
  expect(await total()).toEqual({ costNanos: costOf(events), attempts: 1_000n });
});

test("a message that cannot be booked is given up, kept with its reason, and holds nothing up", async () => {
  await publisher.publish({
    subject: "usage.v1.recorded",
    id: "garbage",
    body: Buffer.from("\x0a\xff garbage", "latin1"),
  });
  await publisher.publish({ subject: "usage.v1.unheard_of", id: "stranger", body: new Uint8Array() });
  const event = createEvent();
  await publish(event);
  await booked(1);
  await everythingIsAcknowledged();
  const { rows } = await billing.pool.query<{ message_id: string; reason: string; body: Buffer }>(
    "select message_id, reason, body from billing.dead_letters order by message_id",
  );
  expect(rows.map((row) => row.message_id)).toEqual(["garbage", "stranger"]);
  expect(rows[0]?.reason).toContain("cannot be decoded");
  expect(rows[0]?.body.toString("latin1")).toBe("\x0a\xff garbage");
  expect(rows[1]?.reason).toContain("unknown subject");
});

test("reconciles after a closing that overtook the events, across a restart and an outage of policy", async () => {
  policy.state = "down";
  await publishClosed("instance-9", 3n);
  const event = (sequence: bigint, leaseId: string) =>
    createEvent({
      instanceId: "instance-9",
      sequence,
      cost: { usdNanos: 10n * sequence },
      charges: [{ leaseId, budget: "day" }],
    });
  await publish(event(3n, "b"));
  await publish(event(1n, "a"));
  await publish(event(2n, "a"));
  await booked(3);
  await billing[Symbol.asyncDispose]();
  policy.state = "up";
  billing = startAnother(stack);
  await eventually("reconciliation", () => policy.told.length > 0);
  expect(policy.told).toMatchObject([
    {
      instanceId: "instance-9",
      spends: [
        { leaseId: "a", spent: { usdNanos: 30n } },
        { leaseId: "b", spent: { usdNanos: 30n } },
      ],
    },
  ]);
});

test("says that it is not consuming while NATS is away, and that it is again", async () => {
  const events = () => billing.lifecycle.readiness().then(({ checks }) => checks["billing_events"]?.state);
  await eventually("consuming", async () => (await events()) === "ok");
  await nats.kill();
  await eventually("waiting", async () => (await events()) === "degraded");
  const { ready } = await billing.lifecycle.readiness();
  expect(ready).toBe(true);
  expect((await billing.client.querySpend({ groupBy: [SpendDimension.DAY] })).rows).toEqual([]);
  await nats.restart();
  await eventually("consuming again", async () => (await events()) === "ok");
});
