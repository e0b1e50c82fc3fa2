export { anthropicMessages } from "./anthropic-messages/index.ts";
export { applyParameterRules, readPath } from "./apply-parameter-rules.ts";
export { bedrockConverse } from "./bedrock-converse/index.ts";
export { cohereChat } from "./cohere-chat/index.ts";
export { collectResponse } from "./collect-response.ts";
export type { TokenCounting } from "./count-tokens/token-counting.ts";
export { tokenCountingByName, tokenCountings } from "./count-tokens/token-countings.ts";
export { type CustomCallRestorer, createCustomCallRestorer, restoreCustomCalls } from "./custom-tool-as-function.ts";
export type {
  AdaptRequestOptions,
  ClientError,
  DecodedResponse,
  Dialect,
  DialectName,
  EncodedRequest,
  EncodedResponse,
  EncodeRequestOptions,
  JsonObject,
  JsonValue,
  ParameterEdit,
  Parsed,
  RequestAddress,
  RequestFacts,
  RequestProblem,
  RewrittenRequest,
  StreamDecoder,
  StreamDecoderOptions,
  StreamEncoder,
  StreamEncoderOptions,
  StreamFraming,
  StreamTap,
  TapEnd,
  Tapped,
  TappedFacts,
  UpstreamErrorBody,
} from "./dialect.ts";
export { dialectByName, dialects } from "./dialects.ts";
export { editJson, type JsonEdit } from "./edit-json.ts";
export {
  type EmbeddingAddress,
  type EmbeddingDialect,
  type EmbeddingDialectName,
  type EmbeddingFacts,
  type EncodedEmbeddingRequests,
  maxEmbeddingCalls,
} from "./embeddings/embedding-dialect.ts";
export { embeddingDialectByName, embeddingDialects } from "./embeddings/embedding-dialects.ts";
export type { EmbeddingRequest } from "./embeddings/embedding-request.ts";
export type { EmbeddingResponse } from "./embeddings/embedding-response.ts";
export { joinEmbeddings, sumUsage } from "./embeddings/join-embeddings.ts";
export { explodeResponse } from "./explode-response.ts";
export { geminiGenerate } from "./gemini-generate/index.ts";
export { openaiChat } from "./openai-chat/index.ts";
export { openaiResponses } from "./openai-responses/index.ts";
export type { ParameterRule } from "./parameter-rule.ts";
export { holdsForeignSignature, type SignedBytes, unwrapSignature, wrapSignature } from "./signature.ts";
export { spliceEdits } from "./splice-edits.ts";
export { findJsonMembers, spliceJson } from "./splice-json.ts";
export { findStreamFaults } from "./stream-invariants.ts";
export { readUpstreamReason } from "./upstream-error-reason.ts";
