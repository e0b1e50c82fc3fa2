import type { EmbeddingEndpoint } from "./provider-kind.ts";

export type ChosenEmbedding = {
  readonly endpoint: EmbeddingEndpoint;
  /** Whether the provider takes the client's own words for this operation. */
  readonly sameDialect: boolean;
};

/**
 * Where a request for embeddings goes: asked in the client's own words where the provider takes them for the model, else in the provider's
 * first dialect for it. Undefined: the provider does not embed with the model.
 */
export function chooseEmbeddingEndpoint(
  endpoints: readonly EmbeddingEndpoint[],
  clientDialect: string,
  operation: string,
  model: string,
): ChosenEmbedding | undefined {
  const fit = endpoints.filter(({ models }) => models === undefined || models.test(model));
  const own = fit.find(
    ({ dialect, operations }) => dialect === clientDialect && (operations?.includes(operation) ?? true),
  );
  if (own !== undefined) return { endpoint: own, sameDialect: true };
  const [first] = fit;
  return first && { endpoint: first, sameDialect: false };
}
