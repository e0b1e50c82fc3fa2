import {
  type ConsumeOptions,
  type Consumer,
  connectEvents,
  consume,
  createPublisher,
  type EventMessage,
  type EventsConnection,
  type NatsServer,
  type Publisher,
  readConsumerPlace,
  readStreamInfo,
} from "@sluice/events";
import { startTestNats } from "@sluice/testing/nats";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { event, idOf, USAGE, until } from "./_stream.ts";

let server: NatsServer;
let connection: EventsConnection;
let publisher: Publisher;
const consumers: Consumer[] = [];
beforeEach(async () => {
  server = await startTestNats();
  connection = connectEvents({ url: server.url, name: "test" });
  publisher = createPublisher({ connection, stream: USAGE });
  await publisher.whenReady();
});
afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.close()));
  await publisher.close();
  await connection.close();
  await server[Symbol.asyncDispose]();
});

function start(options: Pick<ConsumeOptions, "handle"> & Partial<ConsumeOptions>): Consumer {
  const consumer = consume({ connection, stream: USAGE, durable: "billing", ...options });
  consumers.push(consumer);
  return consumer;
}

async function everythingIsAcknowledged(): Promise<boolean> {
  const place = await readConsumerPlace(connection, "USAGE", "billing");
  return place.acknowledged === place.lastInStream;
}

const publishAll = (ids: readonly string[]) => Promise.all(ids.map((id) => publisher.publish(event(id))));
const numbered = (count: number, prefix = "e") => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe("consume", () => {
  it("hands over batches with all facts, and removes what is done", async () => {
    const batches: EventMessage[][] = [];
    const before = Date.now();
    await publisher.publish({
      subject: "usage.v1.recorded",
      id: "first",
      body: new Uint8Array([7]),
      headers: { traceparent: "00-aa-bb-01", "Other-Name": "x" },
    });
    await publishAll(numbered(99));
    start({
      batch: 32,
      handle: async (messages) => {
        batches.push([...messages]);
        return messages.map(() => "done");
      },
    });
    await until(() => batches.flat().length === 100, "all messages");
    expect(batches.length).toBeLessThan(8);
    expect(Math.max(...batches.map(({ length }) => length))).toBe(32);
    const [first] = batches.flat();
    expect(first).toMatchObject({ subject: "usage.v1.recorded", id: "first", sequence: 1, deliveryCount: 1 });
    expect(first?.headers).toMatchObject({ traceparent: "00-aa-bb-01", "other-name": "x" });
    expect([...(first?.body ?? [])]).toEqual([7]);
    expect(first?.storedAt).toBeGreaterThanOrEqual(before - 1);
    expect(first?.storedAt).toBeLessThan(before + 10_000);
    await expect.poll(everythingIsAcknowledged).toBe(true);
  });

  it("does not keep a lone message waiting longer than it may", async () => {
    const seen: number[] = [];
    start({
      maxWaitMs: 40,
      handle: async (messages) => {
        seen.push(performance.now());
        return messages.map(() => "done");
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const publishedAt = performance.now();
    await publishAll(["a"]);
    await until(() => seen.length === 1, "the message");
    expect((seen[0] ?? 0) - publishedAt).toBeLessThan(500);
  });

  it("brings a message again after its time, and gives one up when told, with the reason", async () => {
    const seen: string[] = [];
    const rejected: string[] = [];
    const times: number[] = [];
    await publishAll(["good", "later", "poison"]);
    start({
      onReject: ({ id }, reason) => rejected.push(`${id}: ${reason}`),
      handle: async (messages) =>
        messages.map(({ id, deliveryCount }) => {
          seen.push(`${id} ${deliveryCount}`);
          if (id === "later") times.push(performance.now());
          if (id === "later" && deliveryCount === 1) return { retryAfterMs: 300 };
          return id === "poison" ? { reject: "is no usage event" } : "done";
        }),
    });
    await until(() => seen.length === 4, "four deliveries");
    expect(seen.sort()).toEqual(["good 1", "later 1", "later 2", "poison 1"]);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(250);
    expect(rejected).toEqual(["poison: is no usage event"]);
    await expect.poll(everythingIsAcknowledged).toBe(true);
  });

  it("brings a whole batch again when the handler throws, or answers too little", async () => {
    const errors: string[] = [];
    let calls = 0;
    const done = new Set<string>();
    await publishAll(numbered(10));
    start({
      onError: (error) => errors.push(error.message),
      handle: async (messages) => {
        calls++;
        if (calls === 1) throw new Error("store is down");
        if (calls === 2) return [];
        for (const { id } of messages) done.add(id);
        return messages.map(() => "done");
      },
    });
    await until(() => done.size === 10, "all messages");
    expect(errors[0]).toBe("store is down");
    expect(errors[1]).toMatch(/gave 0 dispositions for \d+ messages/);
  });

  it("brings a message again that a killed process held, and not one that a slow handler holds", async () => {
    const seen: string[] = [];
    await publishAll(["slow"]);
    start({
      ackWaitMs: 600,
      handle: async (messages) => {
        seen.push(...messages.map(({ id, deliveryCount }) => `${id} ${deliveryCount}`));
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        return messages.map(() => "done");
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 2_600));
    expect(seen).toEqual(["slow 1"]);
    await Promise.all(consumers.splice(0).map((consumer) => consumer.close()));

    // Pulled by hand and never answered, as by a process that was killed.
    await publishAll(["orphan"]);
    const taken = Promise.withResolvers<void>();
    const unsubscribe = connection.link?.subscribe("taken", () => taken.resolve());
    connection.link?.publish("$JS.API.CONSUMER.MSG.NEXT.USAGE.billing", Buffer.from('{"batch":1}'), { reply: "taken" });
    await taken.promise;
    unsubscribe?.();
    start({
      ackWaitMs: 600,
      handle: async (messages) => {
        seen.push(...messages.map(({ id, deliveryCount }) => `${id} ${deliveryCount}`));
        return messages.map(() => "done");
      },
    });
    await until(() => seen.length === 2, "the orphan");
    expect(seen[1]).toBe("orphan 2");
  });

  it("closes after the running batch, and hands back what it fetched beyond", async () => {
    await publishAll(numbered(20));
    const first: string[] = [];
    const started = Promise.withResolvers<void>();
    const consumer = start({
      batch: 5,
      handle: async (messages) => {
        started.resolve();
        await new Promise((resolve) => setTimeout(resolve, 300));
        first.push(...messages.map(idOf));
        return messages.map(() => "done");
      },
    });
    await started.promise;
    await consumer.close();
    expect(consumer.status()).toEqual({ kind: "closed" });
    expect(first).toHaveLength(5);

    const second: string[] = [];
    start({
      handle: async (messages) => {
        second.push(...messages.map(idOf));
        return messages.map(() => "done");
      },
    });
    await until(() => second.length === 15, "the rest, at once", 3_000);
    expect([...first, ...second].sort()).toEqual(numbered(20).sort());
  });

  it("shares one durable between two processes", async () => {
    const seen: [string[], string[]] = [[], []];
    for (const own of seen) {
      start({
        batch: 10,
        handle: async (messages) => {
          await new Promise((resolve) => setTimeout(resolve, 20));
          own.push(...messages.map(idOf));
          return messages.map(() => "done");
        },
      });
    }
    await publishAll(numbered(200));
    await until(() => seen.flat().length === 200, "all messages");
    expect(new Set(seen.flat()).size).toBe(200);
    expect(Math.min(seen[0].length, seen[1].length)).toBeGreaterThan(10);
  });

  it("makes its consumer and stream again when they are gone", async () => {
    const seen: string[] = [];
    const errors: string[] = [];
    const consumer = start({
      onError: (error) => errors.push(error.message),
      handle: async (messages) => {
        seen.push(...messages.map(idOf));
        return messages.map(() => "done");
      },
    });
    await publishAll(["before"]);
    await until(() => seen.length === 1, "the first");
    await connection.link?.request("$JS.API.CONSUMER.DELETE.USAGE.billing", new Uint8Array(), 1_000);
    await until(() => consumer.status().kind === "consuming" && errors.length === 1, "the consumer to be made again");
    await publishAll(["between"]);
    // A consumer that is made anew begins at the stream's beginning.
    await until(() => seen.includes("between"), "the second");
    await connection.link?.request("$JS.API.STREAM.DELETE.USAGE", new Uint8Array(), 1_000);
    await until(() => consumer.status().kind === "waiting", "the loss of the stream to be noticed", 25_000);
    await until(() => consumer.status().kind === "consuming", "the stream to be made again");
    await publishAll(["after"]).catch(async () => {
      await publisher.whenReady();
      await publishAll(["after"]);
    });
    await until(() => seen.includes("after"), "the third");
    expect(errors.join()).toContain("Consumer Deleted");
  });

  it("loses nothing when the server is killed while it is published to and consumed from", async () => {
    const handled = new Map<string, number>();
    const total = 3_000;
    const consumer = start({
      keepBehind: 1,
      batch: 100,
      ackWaitMs: 2_000,
      handle: async (messages) => {
        for (const { id } of messages) handled.set(id, (handled.get(id) ?? 0) + 1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        return messages.map(() => "done");
      },
    });
    const publishing = (async () => {
      for (const id of numbered(total)) {
        while (
          await publisher.publish(event(id)).then(
            () => false,
            () => true,
          )
        ) {
          await publisher.whenReady(AbortSignal.timeout(10_000));
        }
      }
    })();
    for (const share of [0.3, 0.6]) {
      await until(() => handled.size > total * share, `${share} of the messages`);
      await server.kill();
      await until(() => consumer.status().kind === "waiting", "the outage to be noticed");
      await server.restart();
    }
    await publishing;
    await until(() => handled.size === total, "every message");
    await expect.poll(everythingIsAcknowledged, { timeout: 15_000 }).toBe(true);
    // Nor is anything left behind that would fill the stream, but for what marks where it stands.
    await expect.poll(async () => (await readStreamInfo(connection, "USAGE")).messages, { timeout: 25_000 }).toBe(1);
  }, 60_000);

  it("starts before the server and narrows its subjects", async () => {
    await publisher.publish({ ...event("other"), subject: "usage.v1.other" });
    await publishAll(["wanted"]);
    await server.stop();
    await until(() => connection.status().kind === "disconnected", "disconnected");
    const seen: string[] = [];
    const consumer = start({
      filterSubject: "usage.v1.recorded",
      handle: async (messages) => {
        seen.push(...messages.map(idOf));
        return messages.map(() => "done");
      },
    });
    expect(consumer.status()).toMatchObject({ kind: "waiting" });
    await server.restart();
    await until(() => seen.length === 1, "the message");
    expect(seen).toEqual(["wanted"]);
    expect(consumer.backlog()).toBe(0);
    expect(consumer.status()).toEqual({ kind: "consuming" });
  });
});
