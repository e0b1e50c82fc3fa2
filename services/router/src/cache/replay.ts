import type { CacheEntry } from "@sluice/api/sluice/cache/v1/cache_entry";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import { collectResponse, type DialectName, dialects, explodeResponse, type JsonValue } from "@sluice/dialects";
import { createSseDecoder } from "@sluice/sse";
import type { GatewayRequest } from "../flow/gateway-request.ts";

/** A kept answer as the stream that the caller asked for. Throws where the entry is not an answer of its dialect. */
export function replayAsStream(entry: CacheEntry, request: GatewayRequest): Uint8Array {
  const dialect = dialects[entry.dialect as DialectName];
  const decoded = dialect.decodeResponse(JSON.parse(Buffer.from(entry.body).toString()) as JsonValue);
  if (decoded.kind !== "response") throw new Error(`a cache entry is no answer of ${entry.dialect}`);
  const payload = request.payload;
  const encoder = dialect.createStreamEncoder({
    includeUsage: payload.kind === "body" && dialect.asksForStreamUsage(payload.json),
    fallbackId: request.requestId,
    fallbackCreatedSeconds: Math.floor(request.startMs / 1000),
  });
  return Buffer.from(
    explodeResponse(decoded.response)
      .map((event) => encoder.push(event))
      .join(""),
  );
}

/**
 * The whole answer that a stream amounts to, with `usage` where the stream itself did not tell it to its caller. Undefined where the stream
 * did not end well.
 */
export function wholeOfStream(
  dialectName: DialectName,
  pieces: readonly Uint8Array[],
  usage: TokenUsage | undefined,
): Uint8Array | undefined {
  const dialect = dialects[dialectName];
  const decoder = dialect.createStreamDecoder();
  const sse = createSseDecoder();
  const events: StreamEvent[] = [];
  for (const piece of pieces) {
    for (const item of sse.push(piece)) {
      if (item.kind === "error") return undefined;
      events.push(...decoder.push(item));
    }
  }
  events.push(...decoder.end());
  if (events.at(-1)?.event.case !== "finish") return undefined;
  const response = collectResponse(events);
  if (response.usage === undefined && usage !== undefined) response.usage = usage;
  const { body } = dialect.encodeResponse(response, { fallbackId: "", fallbackCreatedSeconds: 0 });
  return Buffer.from(JSON.stringify(body));
}
