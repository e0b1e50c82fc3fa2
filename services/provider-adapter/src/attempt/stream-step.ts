import { create } from "@bufbuild/protobuf";
import type { AttemptFailure } from "@sluice/api/sluice/provider/v1/attempt";
import {
  type StreamChunk,
  type StreamResponse,
  StreamResponseSchema,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";

import type { KnownFacts } from "./outcome.ts";

/** What a stream turns out to be, event by event: pieces of the answer, then how it ended. */
export type StreamStep =
  | { readonly kind: "piece"; readonly response: StreamResponse }
  | { readonly kind: "finished"; readonly facts: KnownFacts }
  | { readonly kind: "failed"; readonly failure: AttemptFailure };

/** Makes of a body what the client is told. Once it has given a step that is no piece, it is asked no more. */
export interface StreamReader {
  push(bytes: Buffer): readonly StreamStep[];
  /** The body ended. The last step says how. */
  end(): readonly StreamStep[];
}

/** The stream's last message, where the attempt failed. */
export function failedStream(failure: AttemptFailure): StreamResponse {
  return create(StreamResponseSchema, { event: { case: "failed", value: failure } });
}

/** A message that carries bytes of the answer. Written out in full, because there is one for each piece. */
export function chunk(
  body: Uint8Array,
  more: { readonly outputCharacters: number; readonly usage?: StreamChunk["usage"]; readonly endsAnswer: boolean },
): StreamResponse {
  const { outputCharacters, usage, endsAnswer } = more;
  const value: StreamChunk = {
    $typeName: "sluice.provider.v1.StreamChunk",
    body: body as StreamChunk["body"],
    outputCharacters,
    usage,
    endsAnswer,
  };
  return { $typeName: "sluice.provider.v1.StreamResponse", event: { case: "chunk", value } };
}
