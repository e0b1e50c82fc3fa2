import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Journal, openJournal } from "@sluice/journal";
import { silentLogger } from "@sluice/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createUsagePublisher } from "../src/usage/publish-usage.ts";
import type { OutgoingEvent, PublishFailure, UsageSink } from "../src/usage/usage-sink.ts";

let directory: string;
let journal: Journal;
let stop: AbortController;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "sluice-publish-"));
  journal = (await openJournal({ directory, instanceId: randomUUID() })).journal;
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await journal.close();
  await rm(directory, { recursive: true, force: true });
});

/** A sink that notes its batches and refuses some of their events. */
function createSink(refuse: (attemptId: string, batch: number) => boolean = () => false) {
  const batches: string[][] = [];
  const sink: UsageSink = {
    batchSize: 100,
    async publish<Event extends OutgoingEvent>(events: readonly Event[]): Promise<PublishFailure<Event>[]> {
      batches.push(events.map(({ attemptId }) => attemptId));
      return events
        .filter(({ attemptId }) => refuse(attemptId, batches.length))
        .map((event) => ({ event, cause: new Error("refused") }));
    },
    closeInstance: async () => {},
  };
  return { sink, batches };
}

function start(sink: UsageSink) {
  const published: string[] = [];
  const publisher = createUsagePublisher({
    journal,
    sink,
    logger: silentLogger,
    now: Date.now,
    onPublished: (attemptId) => published.push(attemptId),
  });
  return { publisher, published, running: publisher.run(stop.signal) };
}

async function untilAcknowledged(): Promise<void> {
  const untilMs = performance.now() + 10_000;
  while (journal.unacknowledged > 0 && performance.now() < untilMs) await sleep(5);
}

test("events that come one by one gather after the first, and each is published once", async () => {
  const { sink, batches } = createSink();
  const { published, running } = start(sink);
  const attempts = Array.from({ length: 200 }, (_, place) => `attempt-${place}`);
  for (const attempt of attempts) {
    journal.appendEnd(attempt, new Uint8Array(8));
    await journal.flushed();
  }
  await untilAcknowledged();
  expect(published).toEqual(attempts);
  expect(batches[0]).toEqual(["attempt-0"]);
  expect(batches.length).toBeLessThan(attempts.length / 4);
  stop.abort();
  await running;
});

test("what the sink refuses, and that alone, is sent again before it is acknowledged", async () => {
  const { sink, batches } = createSink((attemptId, batch) => attemptId === "b" && batch === 1);
  const { publisher, published } = start(sink);
  for (const attempt of ["a", "b", "c"]) journal.appendEnd(attempt, new Uint8Array(8));
  await untilAcknowledged();
  expect(batches).toEqual([["a", "b", "c"], ["b"]]);
  expect(published).toEqual(["a", "c", "b"]);
  expect(publisher.state.kind).toBe("flowing");
});
