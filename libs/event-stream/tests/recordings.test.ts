import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SseEvent } from "@sluice/sse";
import { EventStreamCodec } from "@smithy/core/event-streams";
import { fromUtf8, toUtf8 } from "@smithy/core/serde";
import { describe, expect, test } from "vitest";
import { createEventStreamDecoder, encodeEventStream } from "../src/index.ts";

const directory = process.env["SLUICE_RECORDED_DIR"] ?? join(import.meta.dirname, "../../../../shared/recorded");
const files = existsSync(directory) ? globSync("*/*.eventstream.b64", { cwd: directory }).sort() : [];
if (files.length === 0) console.log("skipped: no recordings");

const official = new EventStreamCodec(toUtf8, fromUtf8);

function decode(pieces: Iterable<Uint8Array>): { readonly events: SseEvent[]; readonly end: string } {
  const decoder = createEventStreamDecoder();
  const events: SseEvent[] = [];
  for (const piece of pieces) {
    for (const item of decoder.push(piece)) {
      if (item.kind === "error") throw item.error;
      events.push(item);
    }
  }
  return { events, end: decoder.end().kind };
}

function* cut(bytes: Buffer, seed: number): Generator<Buffer> {
  let state = seed;
  for (let start = 0; start < bytes.length; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const end = start + 1 + (state % 64);
    yield bytes.subarray(start, end);
    start = end;
  }
}

/** The stream as the AWS SDK reads it. */
function readOfficially(bytes: Buffer): { readonly event: unknown; readonly data: string }[] {
  const events: { event: unknown; data: string }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const { headers, body } = official.decode(bytes.subarray(at, at + length));
    events.push({ event: headers[":event-type"]?.value, data: toUtf8(body) });
    at += length;
  }
  return events;
}

describe.skipIf(files.length === 0)("recorded streams", () => {
  test.each(files)("%s gives the same events however it is cut, and as the AWS SDK reads it", (file) => {
    const bytes = Buffer.from(readFileSync(join(directory, file), "utf8"), "base64");
    const whole = decode([bytes]);
    expect(whole.end).toBe("complete");
    expect(decode(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
    for (let seed = 1; seed <= 5; seed += 1) expect(decode(cut(bytes, seed))).toEqual(whole);

    const told = whole.events.map(({ event, data }) => ({ event, data }));
    expect(told).toEqual(readOfficially(bytes));
    const recorded = JSON.parse(readFileSync(join(directory, file.replace(".eventstream.b64", ".json")), "utf8"));
    expect(told).toEqual(
      recorded.events.map((each: { headers: Record<string, string>; payload: string }) => ({
        event: each.headers[":event-type"],
        data: each.payload,
      })),
    );
  });

  test.each(files)("%s is written again byte for byte", (file) => {
    const bytes = Buffer.from(readFileSync(join(directory, file), "utf8"), "base64");
    const written = decode([bytes]).events.map(({ event, data }) => encodeEventStream({ event: event ?? "", data }));
    expect(Buffer.concat(written).equals(bytes)).toBe(true);
  });
});
