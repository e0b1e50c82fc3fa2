import type { EmbeddingDialectName } from "../embedding-dialect.ts";
import type { EmbeddingEncoding } from "../embedding-request.ts";

/** Cohere's embeddings at Cohere itself (version 2 of its API) and at Bedrock, where the body is that of the model's own server. */
export type CohereVariant = {
  readonly name: Extract<EmbeddingDialectName, "cohere.embed" | "bedrock.cohere_embed">;
  /** Whether the body names the model; else the path does. */
  readonly namesModel: boolean;
  readonly encodings: readonly EmbeddingEncoding[];
};

export const atCohere: CohereVariant = {
  name: "cohere.embed",
  namesModel: true,
  encodings: ["float", "int8", "uint8", "binary", "ubinary", "base64"],
};

/** After docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed-v4.html (seen 2026-11-22). */
export const atBedrock: CohereVariant = {
  name: "bedrock.cohere_embed",
  namesModel: false,
  encodings: ["float", "int8", "uint8", "binary", "ubinary"],
};
