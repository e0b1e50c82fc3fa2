import { create } from "@bufbuild/protobuf";
import type { AttemptFacts, AttemptFailure } from "@sluice/api/sluice/provider/v1/attempt";
import {
  StreamChunkSchema,
  type StreamResponse,
  StreamResponseSchema,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";

/** What a stream turns out to be, event by event: pieces of the answer, then how it ended. */
export type StreamStep =
  | { readonly kind: "piece"; readonly response: StreamResponse }
  | { readonly kind: "finished"; readonly facts: Partial<Omit<AttemptFacts, "$typeName">> }
  | { readonly kind: "failed"; readonly failure: AttemptFailure };

/** The stream's last message, where the attempt failed. */
export function failedStream(failure: AttemptFailure): StreamResponse {
  return create(StreamResponseSchema, { event: { case: "failed", value: failure } });
}

/** A message that carries bytes of the answer. */
export function chunk(
  body: Uint8Array,
  more: { outputCharacters: number; usage?: AttemptFacts["usage"]; endsAnswer: boolean },
): StreamResponse {
  return create(StreamResponseSchema, {
    event: {
      case: "chunk",
      value: create(StreamChunkSchema, {
        body,
        outputCharacters: more.outputCharacters,
        endsAnswer: more.endsAnswer,
        ...(more.usage === undefined ? {} : { usage: more.usage }),
      }),
    },
  });
}
