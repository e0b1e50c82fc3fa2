import { create } from "@bufbuild/protobuf";
import { type TokenUsage, TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import type { EmbeddingResponse } from "./embedding-response.ts";

/** The answers of several calls, in their order, as one. Usage is the sum; unknown where that of one call is. */
export function joinEmbeddings(responses: readonly EmbeddingResponse[]): EmbeddingResponse {
  const [first, ...others] = responses;
  if (first !== undefined && others.length === 0) return first;
  return {
    id: first?.id ?? "",
    model: first?.model ?? "",
    embeddings: responses.flatMap(({ embeddings }) => embeddings),
    usage: sumUsage(responses.map(({ usage }) => usage)),
  };
}

export function sumUsage(usages: readonly (TokenUsage | undefined)[]): TokenUsage | undefined {
  const known = usages.filter((usage) => usage !== undefined);
  if (known.length < usages.length || known.length === 0) return undefined;
  const images = known.flatMap(({ imageInputTokens }) => (imageInputTokens === undefined ? [] : [imageInputTokens]));
  return create(TokenUsageSchema, {
    inputTokens: known.reduce((sum, { inputTokens }) => sum + (inputTokens ?? 0), 0),
    ...(images.length > 0 && { imageInputTokens: images.reduce((sum, count) => sum + count, 0) }),
  });
}
