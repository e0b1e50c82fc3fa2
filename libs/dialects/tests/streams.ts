import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { createEventStreamDecoder } from "@sluice/event-stream";
import { createSseDecoder, decodeSseBlock, type SseEvent } from "@sluice/sse";
import type { Dialect, StreamEncoderOptions, TapEnd } from "../src/dialect.ts";

/** The events of a body that comes in these pieces. An unterminated `[DONE]` at the end counts, as the adapter has it. */
export function readSse(pieces: Iterable<Uint8Array>): readonly SseEvent[] {
  const decoder = createSseDecoder();
  const events: SseEvent[] = [];
  for (const piece of pieces) {
    for (const item of decoder.push(piece)) {
      if (item.kind === "error") throw item.error;
      events.push(item);
    }
  }
  const end = decoder.end();
  if (end.kind === "cut" && end.unterminated?.data === "[DONE]") events.push(end.unterminated);
  return events;
}

/** The events of a provider's body, framed as its dialect is. */
export function readEvents(dialect: Dialect, pieces: Iterable<Uint8Array>): readonly SseEvent[] {
  if (dialect.framing === "sse") return readSse(pieces);
  const decoder = createEventStreamDecoder();
  const events: SseEvent[] = [];
  for (const piece of pieces) {
    for (const item of decoder.push(piece)) {
      if (item.kind === "error") throw item.error;
      events.push(item);
    }
  }
  if (decoder.end().kind !== "complete") throw new Error("the body ends within a frame");
  return events;
}

export function decodeStream(dialect: Dialect, events: readonly SseEvent[]): readonly StreamEvent[] {
  const decoder = dialect.createStreamDecoder();
  return [...events.flatMap((event) => decoder.push(event)), ...decoder.end()];
}

export const encoderOptions: StreamEncoderOptions = {
  includeUsage: true,
  fallbackId: "fallback-id",
  fallbackCreatedSeconds: 1_790_000_000,
};

export function encodeStream(dialect: Dialect, events: Iterable<StreamEvent>, options = encoderOptions): string {
  const encoder = dialect.createStreamEncoder(options);
  let text = "";
  for (const event of events) text += encoder.push(event);
  return text;
}

export type TapResult = { readonly end: TapEnd; readonly outputCharacters: number; readonly hidden: number };

export function tapStream(dialect: Dialect, events: readonly SseEvent[], hideUsageEvent = false): TapResult {
  const tap = dialect.createStreamTap({ hideUsageEvent });
  let outputCharacters = 0;
  let hidden = 0;
  for (const event of events) {
    const tapped = tap.push(event);
    outputCharacters += tapped.outputCharacters;
    if (!tapped.forward) hidden += 1;
  }
  return { end: tap.end(), outputCharacters, hidden };
}

/** The same of a tap that is shown each event's bytes first, as the adapter does, and how many events it did not have to read. */
export function skimStream(
  dialect: Dialect,
  body: Buffer,
  hideUsageEvent = false,
): TapResult & { readonly skimmed: number } {
  const tap = dialect.createStreamTap({ hideUsageEvent });
  let outputCharacters = 0;
  let hidden = 0;
  let skimmed = 0;
  if (dialect.framing === "aws.event_stream") {
    return { ...tapStream(dialect, readEvents(dialect, [body]), hideUsageEvent), skimmed: 0 };
  }
  const text = body.toString("latin1");
  const blankLine = text.includes("\r\n\r\n") ? "\r\n\r\n" : "\n\n";
  const blocks = text.split(blankLine);
  for (const [place, block] of blocks.entries()) {
    const whole = place < blocks.length - 1;
    if (!whole && block.trim() !== "data: [DONE]") continue;
    const bytes = Buffer.from(whole ? `${block}${blankLine}` : block, "latin1");
    const known = tap.skim(bytes);
    if (known >= 0) {
      skimmed += 1;
      outputCharacters += known;
      continue;
    }
    const item = decodeSseBlock(bytes);
    if (item?.kind !== "event") continue;
    const tapped = tap.push(item, bytes);
    outputCharacters += tapped.outputCharacters;
    if (!tapped.forward) hidden += 1;
  }
  return { end: tap.end(), outputCharacters, hidden, skimmed };
}

/** Every piece one byte. */
export function* cutBytes(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1) yield bytes.subarray(at, at + 1);
}

/** Pieces of 1 to 64 bytes, the same for the same seed. */
export function* cutRandomly(bytes: Uint8Array, seed: number): Generator<Uint8Array> {
  let state = seed;
  for (let start = 0; start < bytes.length; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const end = start + 1 + (state % 64);
    yield bytes.subarray(start, end);
    start = end;
  }
}
