/**
 * What an embedding model of Amazon's takes, told from its name
 * (docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html and model-parameters-titan-embed-mm.html, seen 2026-11-22).
 */
export type TitanTraits = {
  /** Lengths of its vectors, the default first. Undefined: not known. */
  readonly dimensions: readonly number[] | undefined;
  /** Takes a picture, and says the length in `embeddingConfig`. */
  readonly pictures: boolean;
  /** Takes `normalize`. */
  readonly normalize: boolean;
};

export function readTitanTraits(model: string): TitanTraits {
  if (model.includes("titan-embed-image")) return { dimensions: [1_024, 384, 256], pictures: true, normalize: false };
  if (model.includes("titan-embed-text-v1") || model.includes("titan-embed-g1")) {
    return { dimensions: [1_536], pictures: false, normalize: false };
  }
  if (model.includes("titan-embed-text-v2")) return { dimensions: [1_024, 512, 256], pictures: false, normalize: true };
  return { dimensions: undefined, pictures: false, normalize: true };
}
