import type { ChatResponse } from "@sluice/api/sluice/chat/v1/chat_response";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import {
  collectResponse,
  type Dialect,
  dialects,
  type EmbeddingDialect,
  embeddingDialects,
  explodeResponse,
  findStreamFaults,
  type JsonObject,
  type JsonValue,
  spliceJson,
} from "@sluice/dialects";
import { createEventStreamDecoder } from "@sluice/event-stream";
import { createSseDecoder, type SseEvent } from "@sluice/sse";

/** Feeds bytes to a decoder. Throws where a promise of the decoder is broken. */
export type Feed = { readonly name: string; run(pieces: readonly Buffer[]): void };

const address = { model: "a-model", stream: false };
const told = { fallbackId: "fallback", fallbackCreatedSeconds: 1_790_000_000 };
const encodeOptions = { model: "a-model", stream: false, defaultMaxOutputTokens: 1_024 };

/** Every reader of bytes that strangers write: clients' requests, providers' answers and errors. */
export function feedsOf(): readonly Feed[] {
  return [
    ...Object.values(dialects).flatMap(feedsOfDialect),
    ...Object.values(embeddingDialects).flatMap(feedsOfEmbeddings),
  ];
}

function feedsOfDialect(dialect: Dialect): Feed[] {
  const feed = (name: string, run: Feed["run"]): Feed => ({ name: `${dialect.name} ${name}`, run });
  return [
    feed("request", (pieces) => {
      const bytes = Buffer.concat(pieces);
      const body = parseObject(bytes);
      if (body === undefined) return;
      dialect.readFacts(body, address);
      dialect.asksForStreamUsage(body);
      dialect.rewriteRequest(bytes, "another-model");
      dialect.adaptRequest(body, encodeOptions);
      spliceJson(bytes, { model: '"m"' });
      const decoded = dialect.decodeRequest(body, address);
      if (decoded.kind === "invalid") return;
      for (const target of Object.values(dialects)) target.encodeRequest(decoded.value, encodeOptions);
    }),
    feed("whole answer", (pieces) => {
      const body = parseJson(Buffer.concat(pieces));
      if (body === undefined) return;
      dialect.readResponseFacts(body);
      const decoded = dialect.decodeResponse(body);
      if (decoded.kind === "response") tellToAll(decoded.response);
    }),
    feed("error", (pieces) => void dialect.decodeError(Buffer.concat(pieces))),
    feed("stream", (pieces) => {
      const events = decodeStream(dialect, pieces);
      const faults = findStreamFaults(events);
      if (faults.length > 0) throw new Error(`the decoded stream breaks its grammar: ${faults.join("; ")}`);
      for (const target of Object.values(dialects)) {
        const encoder = target.createStreamEncoder({ ...told, includeUsage: true });
        for (const event of events) encoder.push(event);
        encoder.changes();
      }
      if (events.at(-1)?.event.case === "finish") tellToAll(collectResponse(events));
    }),
    feed("tap", (pieces) => {
      const tap = dialect.createStreamTap({ hideUsageEvent: true });
      for (const event of readEvents(dialect, pieces)) tap.push(event);
      tap.end();
    }),
    feed("skimming tap", (pieces) => {
      const tap = dialect.createStreamTap({ hideUsageEvent: false });
      for (const piece of pieces) tap.skim(piece);
    }),
  ];
}

function feedsOfEmbeddings(dialect: EmbeddingDialect): Feed[] {
  const place = { model: "a-model", operation: dialect.operations[0] ?? "" };
  return [
    {
      name: `${dialect.name} request`,
      run(pieces) {
        const body = parseObject(Buffer.concat(pieces));
        if (body === undefined) return;
        dialect.readFacts(body, place);
        const decoded = dialect.decodeRequest(body, place);
        if (decoded.kind === "invalid") return;
        for (const target of Object.values(embeddingDialects)) {
          target.encodeRequests(decoded.value, { model: "a-model", operation: target.operations[0] ?? "" });
        }
      },
    },
    {
      name: `${dialect.name} answer`,
      run(pieces) {
        const bytes = Buffer.concat(pieces);
        dialect.decodeError(bytes);
        const body = parseJson(bytes);
        if (body === undefined) return;
        dialect.readResponseFacts(body);
        dialect.decodeResponse(body);
      },
    },
  ];
}

function tellToAll(response: ChatResponse): void {
  for (const target of Object.values(dialects)) target.encodeResponse(response, told);
  const faults = findStreamFaults(explodeResponse(response));
  if (faults.length > 0) throw new Error(`the answer told as a stream breaks its grammar: ${faults.join("; ")}`);
}

function decodeStream(dialect: Dialect, pieces: readonly Buffer[]): StreamEvent[] {
  const decoder = dialect.createStreamDecoder();
  const events: StreamEvent[] = [];
  for (const event of readEvents(dialect, pieces)) events.push(...decoder.push(event));
  events.push(...decoder.end());
  return events;
}

function* readEvents(dialect: Dialect, pieces: readonly Buffer[]): Generator<SseEvent> {
  const wire = dialect.framing === "sse" ? createSseDecoder() : createEventStreamDecoder();
  for (const piece of pieces) {
    for (const item of wire.push(piece)) {
      if (item.kind === "error") return;
      yield item as SseEvent;
    }
  }
  wire.end();
}

function parseJson(bytes: Buffer): JsonValue | undefined {
  try {
    return JSON.parse(bytes.toString()) as JsonValue;
  } catch {
    return undefined;
  }
}

function parseObject(bytes: Buffer): JsonObject | undefined {
  const value = parseJson(bytes);
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
