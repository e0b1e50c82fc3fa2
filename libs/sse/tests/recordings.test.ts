import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createParser } from "eventsource-parser";
import { describe, expect, test } from "vitest";
import { createSseDecoder } from "../src/decode.ts";
import type { SseEvent } from "../src/sse-event.ts";

const directory = process.env["SLUICE_RECORDED_DIR"] ?? join(import.meta.dirname, "../../../../shared/recorded");
const files = existsSync(directory) ? globSync("*/*.sse", { cwd: directory }).sort() : [];
if (files.length === 0) console.log("skipped: no recordings");

function decode(pieces: Iterable<Uint8Array>): { readonly events: SseEvent[]; readonly end: string } {
  const decoder = createSseDecoder();
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

describe.skipIf(files.length === 0)("recorded streams", () => {
  test.each(files)("%s gives the same events however it is cut, and as eventsource-parser reads it", (file) => {
    const bytes = readFileSync(join(directory, file));
    const whole = decode([bytes]);
    expect(whole.events.length).toBeGreaterThan(0);
    expect(decode(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
    for (let seed = 1; seed <= 5; seed += 1) expect(decode(cut(bytes, seed))).toEqual(whole);

    const reference: { event: string | undefined; data: string }[] = [];
    const parser = createParser({ onEvent: ({ event, data }) => reference.push({ event, data }) });
    parser.feed(bytes.toString());
    expect(whole.events.map(({ event, data }) => ({ event, data }))).toEqual(reference);
  });
});
