import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import type { EncodedRequest, JsonObject, JsonValue, Parsed } from "../dialect.ts";

export type AskForCountOptions = {
  /** The provider's name of the model. */
  readonly model: string;
  /** Whether the provider takes the request itself and not the dialect's wrapper around it (Vertex AI). */
  readonly bare: boolean;
};

/** How a dialect asks for the input tokens of one of its requests to be counted, and how the count is told. */
export interface TokenCounting {
  /** Reads what is to be counted. `model` serves where the path names it. */
  decodeRequest(body: JsonObject, model: string): Parsed<ChatRequest>;
  /** The body that asks a provider for the count. */
  encodeRequest(request: ChatRequest, options: AskForCountOptions): EncodedRequest;
  /** The client's own bytes with the provider's name of the model. The bytes must be JSON. Throws RangeError where they are no object. */
  rewriteRequest(bytes: Uint8Array, model: string): Uint8Array;
  /** Undefined where the answer is no count. */
  readCount(answer: JsonValue): number | undefined;
  encodeCount(inputTokens: number): JsonObject;
}
