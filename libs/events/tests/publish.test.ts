import {
  connectEvents,
  createPublisher,
  type EventsConnection,
  ensureStream,
  type NatsServer,
  PublishError,
  readStreamInfo,
  StreamError,
} from "@sluice/events";
import { startTestNats } from "@sluice/testing/nats";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { event, USAGE } from "./_stream.ts";

let server: NatsServer;
let connection: EventsConnection;
beforeEach(async () => {
  server = await startTestNats();
  connection = connectEvents({ url: server.url, name: "test" });
});
afterEach(async () => {
  await connection.close();
  await server[Symbol.asyncDispose]();
});

async function readyPublisher(options: Partial<Parameters<typeof createPublisher>[0]> = {}) {
  const publisher = createPublisher({ connection, stream: USAGE, ...options });
  await publisher.whenReady();
  return publisher;
}

describe("createPublisher", () => {
  it("stores an event once, however often and at once it is published", async () => {
    await using publisher = await readyPublisher();
    const results = await Promise.all([1, 2, 3].map(() => publisher.publish(event("same"))));
    expect(results.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(await publisher.publish(event("other"))).toEqual({ duplicate: false });
    expect(await readStreamInfo(connection, "USAGE")).toMatchObject({ messages: 2, lastSequence: 2 });
  });

  it("publishes many at once, and names those that were not stored and why", async () => {
    await using publisher = await readyPublisher({ maxInFlight: 8, maxWaiting: 20 });
    expect(await publisher.publishAll([])).toEqual([]);
    const [first, malformed, ...others] = ["e0", "not visible", ...Array.from({ length: 40 }, (_, at) => `e${at + 1}`)];
    const failed = await publisher.publishAll([first, malformed, ...others].map((id) => event(String(id))));
    expect(failed.map(({ event: { id }, error }) => [id, error.kind])).toEqual([
      ["not visible", "invalid"],
      ...Array.from({ length: 13 }, (_, at) => [`e${at + 28}`, "overloaded"]),
    ]);
    expect(await readStreamInfo(connection, "USAGE")).toMatchObject({ messages: 28 });
  });

  it("keeps more callers waiting than it has in flight, in order, and no more than it may", async () => {
    await using publisher = await readyPublisher({ maxInFlight: 8, maxWaiting: 100 });
    const calls = Array.from({ length: 120 }, (_, index) => publisher.publish(event(`e${index}`)));
    const settled = await Promise.allSettled(calls);
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(108);
    const refused = settled.filter((result) => result.status === "rejected");
    for (const { reason } of refused) expect(reason).toMatchObject({ kind: "overloaded", retryable: true });
  });

  it("gets an error from a full stream, which drops nothing, and can go on when there is room", async () => {
    const small = { ...USAGE, maxBytes: 20_000 };
    await using publisher = await readyPublisher({ stream: small });
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => publisher.publish(event(`e${index}`, new Uint8Array(1_000)))),
    );
    const stored = results.filter(({ status }) => status === "fulfilled").length;
    expect(stored).toBeGreaterThan(5);
    expect(stored).toBeLessThan(50);
    const failure = results.find((result) => result.status === "rejected")?.reason;
    expect(failure).toBeInstanceOf(PublishError);
    expect(failure).toMatchObject({ kind: "refused", retryable: true });
    expect(failure.message).toContain("maximum bytes exceeded");
    expect((await readStreamInfo(connection, "USAGE")).messages).toBe(stored);

    await ensureStream(connection, USAGE);
    expect(await publisher.publish(event("e49", new Uint8Array(1_000)))).toEqual({ duplicate: false });
  });

  it("refuses what can never be published", async () => {
    await using publisher = await readyPublisher();
    const wrong = [
      event("line\r\nbreak"),
      event(""),
      { ...event("a"), subject: "usage.v1.*" },
      { ...event("b"), headers: { traceparent: "00\r\nNats-Msg-Id: c" } },
      event("big", new Uint8Array(2 * 1024 * 1024)),
    ];
    for (const one of wrong) {
      await expect(publisher.publish(one)).rejects.toMatchObject({ kind: "invalid", retryable: false });
    }
    expect((await readStreamInfo(connection, "USAGE")).messages).toBe(0);
  });

  it("makes the stream again when it is gone", async () => {
    await using publisher = await readyPublisher();
    await connection.link?.request("$JS.API.STREAM.DELETE.USAGE", new Uint8Array(), 1_000);
    await expect(publisher.publish(event("a"))).rejects.toMatchObject({ kind: "refused", retryable: true });
    expect(publisher.isReady()).toBe(false);
    await publisher.whenReady();
    expect(await publisher.publish(event("a"))).toEqual({ duplicate: false });
  });

  it("rejects at its deadline when the server hangs", async () => {
    const publisher = await readyPublisher({ timeoutMs: 300, maxInFlight: 1 });
    process.kill(server.pid ?? 0, "SIGSTOP");
    // Its threads stop one by one, when next scheduled.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const startedAt = performance.now();
    const [sent, waiting] = await Promise.allSettled([publisher.publish(event("a")), publisher.publish(event("b"))]);
    expect(sent).toMatchObject({ reason: { kind: "timeout", retryable: true } });
    expect(waiting).toMatchObject({ reason: { kind: "timeout", retryable: true } });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    process.kill(server.pid ?? 0, "SIGCONT");
    await publisher.close();
    await expect(publisher.publish(event("c"))).rejects.toMatchObject({ kind: "closed", retryable: false });
  });

  it("loses nothing acknowledged when the server is killed in the middle", async () => {
    await using publisher = await readyPublisher({ maxInFlight: 256 });
    const acknowledged = new Set<string>();
    let next = 0;
    let failures = 0;
    const total = 4_000;
    const send = async (): Promise<void> => {
      while (next < total) {
        const id = `e${next++}`;
        for (;;) {
          try {
            await publisher.publish(event(id));
            acknowledged.add(id);
            break;
          } catch (error) {
            failures++;
            expect(error).toMatchObject({ retryable: true });
            await publisher.whenReady(AbortSignal.timeout(10_000));
          }
        }
        if (next === 1_500) {
          next++;
          await server.kill();
          await server.restart();
        }
      }
    };
    await Promise.all(Array.from({ length: 64 }, send));
    expect(failures).toBeGreaterThan(0);
    expect(acknowledged.size).toBe(total - 1);
    // The server remembers the ids over its restart, so a retry of what was stored but not acknowledged is no second message.
    expect((await readStreamInfo(connection, "USAGE")).messages).toBe(total - 1);
  }, 60_000);
});

describe("ensureStream", () => {
  it("brings an existing stream in line, and leaves alone what the spec does not name", async () => {
    await connection.whenConnected();
    await ensureStream(connection, USAGE);
    await ensureStream(connection, { ...USAGE, maxBytes: 1_000_000, duplicateWindowMs: 300_000 });
    const ask = async (): Promise<Record<string, unknown>> => {
      const answer = await connection.link?.request("$JS.API.STREAM.INFO.USAGE", new Uint8Array(), 1_000);
      return JSON.parse(Buffer.from(answer?.body ?? []).toString()).config;
    };
    expect(await ask()).toMatchObject({
      max_bytes: 1_000_000,
      duplicate_window: 300_000 * 1e6,
      storage: "file",
      discard: "new",
      max_age: 0,
    });
    const tuned = { ...(await ask()), description: "tuned by the operator" };
    await connection.link?.request("$JS.API.STREAM.UPDATE.USAGE", Buffer.from(JSON.stringify(tuned)), 1_000);
    await ensureStream(connection, USAGE);
    expect(await ask()).toMatchObject({ max_bytes: USAGE.maxBytes, description: "tuned by the operator" });
  });

  it("may be called by several at once", async () => {
    await connection.whenConnected();
    await Promise.all([1, 2, 3, 4].map((factor) => ensureStream(connection, { ...USAGE, maxBytes: factor * 1e6 })));
  });

  it("says what the server refused, and that there is no server", async () => {
    await connection.whenConnected();
    await ensureStream(connection, USAGE);
    const other = ensureStream(connection, { ...USAGE, name: "OTHER" });
    await expect(other).rejects.toThrow("JetStream refused STREAM.CREATE.OTHER: subjects overlap");
    await expect(other).rejects.toMatchObject({ name: "StreamError", kind: "refused", code: 10065 });
    await expect(ensureStream(connection, { ...USAGE, duplicateWindowMs: 1 })).rejects.toThrow(RangeError);
    await connection.close();
    await expect(ensureStream(connection, USAGE)).rejects.toThrow(StreamError);
  });
});
