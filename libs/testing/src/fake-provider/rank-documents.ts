import { embed } from "./openai-embeddings.ts";

export interface RankedDocument {
  /** Its place in the request. */
  readonly index: number;
  /** 0 to 1. */
  readonly score: number;
}

const DIMENSIONS = 1024;

/** The documents that share the most words with the query first; of equal ones, the earlier first. */
export function rankDocuments(query: string, documents: readonly string[]): readonly RankedDocument[] {
  const asked = embed(query, DIMENSIONS);
  return documents
    .map((document, index) => ({ index, score: closeness(asked, embed(document, DIMENSIONS)) }))
    .sort((one, other) => other.score - one.score || one.index - other.index);
}

function closeness(one: Float32Array, other: Float32Array): number {
  let product = 0;
  for (const [at, value] of one.entries()) {
    product += value * (other[at] ?? 0);
  }
  return Math.min(1, Math.max(0, Math.round(product * 1e6) / 1e6));
}
