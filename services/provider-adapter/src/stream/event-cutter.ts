import { createSseSplitter, decodeSseBlock, type SseEvent } from "@sluice/sse";

/** An event of a stream with the very bytes that it came in, the blank line that ends it included. */
export type CutEvent = {
  /** The event, for decoding: without its blank line, where it has one. */
  readonly block: Buffer;
  /** Everything from the end of the event before to the end of this one. */
  readonly raw: Buffer;
};

export interface EventCutter {
  /** The events that this chunk completes, in order. Together with `rest` their bytes are exactly those that came. */
  push(chunk: Buffer): readonly CutEvent[];
  /** How many bytes there are after the last whole event. */
  readonly restLength: number;
  /** These bytes, put together when asked for. */
  readonly rest: Buffer;
  /** What is wrong with the bytes in `rest`: no more events come. Undefined: nothing. */
  readonly fault: string | undefined;
  /** What a block says. Undefined: it is no event. A text: what is wrong with it. */
  decode(block: Buffer): SseEvent | string | undefined;
}

/** Cuts a stream of server-sent events at the ends of events and keeps every byte, so that what passes through can be passed on untouched. */
export function createEventCutter(maxEventBytes: number): EventCutter {
  // The chunks of an event that is not whole yet: joined once it is, so that a large one is not copied with each chunk.
  let held: Buffer[] = [];
  let heldLength = 0;
  return {
    get restLength() {
      return heldLength;
    },
    get rest() {
      return join(held);
    },
    get fault() {
      return heldLength > maxEventBytes ? `an event is larger than ${maxEventBytes} bytes` : undefined;
    },
    decode(block) {
      const item = decodeSseBlock(block);
      return item?.kind === "error" ? item.error.message : item;
    },
    push(chunk: Buffer): readonly CutEvent[] {
      const tail = tailOf(held);
      const end = endOfLastEvent(
        tail.length === 0 ? chunk : Buffer.concat([tail, chunk]),
        Math.max(0, tail.length - 3),
      );
      if (end === 0) {
        held.push(chunk);
        heldLength += chunk.length;
        return [];
      }
      const wholeLength = heldLength - tail.length + end;
      held.push(chunk);
      const bytes = join(held);
      const whole = wholeLength === bytes.length ? bytes : bytes.subarray(0, wholeLength);
      held = wholeLength === bytes.length ? [] : [bytes.subarray(wholeLength)];
      heldLength = bytes.length - wholeLength;
      return cutLineFeeds(whole) ?? cutAnyLineEnds(whole);
    },
  };
}

const nothing: Buffer = Buffer.alloc(0);
/** As many bytes before a chunk as may belong to a blank line that ends in it. */
const tailLength = 4;

function join(chunks: readonly Buffer[]): Buffer {
  return chunks.length <= 1 ? (chunks[0] ?? nothing) : Buffer.concat(chunks);
}

function tailOf(chunks: readonly Buffer[]): Buffer {
  let tail = nothing;
  for (let place = chunks.length - 1; place >= 0 && tail.length < tailLength; place -= 1) {
    const chunk = chunks[place] ?? nothing;
    const last = chunk.subarray(Math.max(0, chunk.length - (tailLength - tail.length)));
    tail = tail.length === 0 ? last : Buffer.concat([last, tail]);
  }
  return tail;
}
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMarkStart = 0xef;

/** Whole events whose lines end with LF and which one blank line ends: as nearly every provider writes. Undefined: they are written otherwise. */
function cutLineFeeds(whole: Buffer): readonly CutEvent[] | undefined {
  if (whole[0] === byteOrderMarkStart || whole.indexOf(carriageReturn) >= 0) return undefined;
  const events: CutEvent[] = [];
  let start = 0;
  let lineStart = 0;
  while (start < whole.length) {
    const lineEnd = whole.indexOf(lineFeed, lineStart);
    if (lineEnd < 0 || lineEnd === start) return undefined;
    if (lineEnd !== lineStart) {
      lineStart = lineEnd + 1;
      continue;
    }
    const one = start === 0 && lineEnd + 1 === whole.length;
    events.push({
      block: whole.subarray(start, lineEnd),
      raw: one ? whole : whole.subarray(start, lineEnd + 1),
    });
    start = lineEnd + 1;
    lineStart = start;
  }
  return events;
}

function cutAnyLineEnds(whole: Buffer): readonly CutEvent[] {
  // Whole events only, so a splitter of their own finds them all and keeps nothing back.
  const blocks = createSseSplitter({ maxEventBytes: Number.MAX_SAFE_INTEGER }).push(whole);
  return blocks.map((block, place) => {
    const start = place === 0 ? 0 : block.byteOffset - whole.byteOffset;
    const next = blocks[place + 1];
    const end = next === undefined ? whole.length : next.byteOffset - whole.byteOffset;
    return { block, raw: whole.subarray(start, end) };
  });
}

/**
 * Where the last blank line ends, looking no further back than `from`; 0 where there is none. A line ends with LF, CRLF or CR; a CR at the very
 * end may be half a CRLF and is waited for.
 */
function endOfLastEvent(bytes: Buffer, from: number): number {
  for (let position = bytes.length - 1; position > from; position -= 1) {
    const byte = bytes[position];
    if (byte === lineFeed) {
      const before = bytes[position - 1];
      if (before === lineFeed) return position + 1;
      if (before === carriageReturn) {
        const earlier = bytes[position - 2];
        if (earlier === lineFeed || earlier === carriageReturn) return position + 1;
      }
    } else if (byte === carriageReturn && bytes[position - 1] === carriageReturn && position + 1 < bytes.length) {
      return bytes[position + 1] === lineFeed ? position + 2 : position + 1;
    }
  }
  return 0;
}
