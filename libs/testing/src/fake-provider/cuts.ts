import { createRandom } from "./random.ts";
import type { Cuts } from "./script.ts";

/** Writes are no larger than this unless a rule asks for whole events. */
const MAX_WRITE_BYTES = 65_536;

/**
 * Divides wire events into writes. `whole`: as few and as large as 64 KiB allows; `events`: one each; `bytes`: single
 * bytes; `random`: 1 to maxBytes (64) bytes each, the same for the same seed.
 */
export function* cutWrites(events: Iterable<string | Buffer>, cuts: Cuts): Generator<string | Buffer> {
  switch (cuts.kind) {
    case "events":
      yield* events;
      return;
    case "whole":
      yield* joinEvents(events);
      return;
    case "bytes":
      for (const event of events) {
        yield* sliceBuffer(toBuffer(event), () => 1);
      }
      return;
    case "random": {
      const random = createRandom(cuts.seed);
      const maxBytes = cuts.maxBytes ?? 64;
      // Cut across event borders too: they are where a decoder's buffers are weakest.
      yield* sliceBuffer(Buffer.concat([...events].map(toBuffer)), () => 1 + Math.floor(random() * maxBytes));
    }
  }
}

function* joinEvents(events: Iterable<string | Buffer>): Generator<string | Buffer> {
  let text = "";
  for (const event of events) {
    if (typeof event === "string" && event.length < MAX_WRITE_BYTES) {
      text += event;
      if (text.length >= MAX_WRITE_BYTES / 4) {
        yield text;
        text = "";
      }
      continue;
    }
    if (text !== "") {
      yield text;
      text = "";
    }
    yield* sliceBuffer(toBuffer(event), () => MAX_WRITE_BYTES);
  }
  if (text !== "") {
    yield text;
  }
}

function* sliceBuffer(bytes: Buffer, nextLength: () => number): Generator<Buffer> {
  let start = 0;
  while (start < bytes.length) {
    const end = start + nextLength();
    yield bytes.subarray(start, end);
    start = end;
  }
}

function toBuffer(event: string | Buffer): Buffer {
  return typeof event === "string" ? Buffer.from(event) : event;
}
