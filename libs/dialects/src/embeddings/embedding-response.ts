import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import type { EmbeddingEncoding } from "./embedding-request.ts";

/** One vector, in each form that the provider gave: `base64` as text, the others as numbers. */
export type Embedding = Readonly<Partial<Record<EmbeddingEncoding, readonly number[] | string>>>;

/** A provider's vectors, in no provider's dialect. */
export type EmbeddingResponse = {
  /** The provider's id of the answer. Empty: none. */
  readonly id: string;
  /** The model that answered, in the provider's word. Empty: not said. */
  readonly model: string;
  /** In the order of the inputs. */
  readonly embeddings: readonly Embedding[];
  /** Undefined: not reported. */
  readonly usage: TokenUsage | undefined;
};
