/**
 * What an embedding model of Cohere's takes, told from its name (comments of the SDK's types, npm `cohere-ai` 8.1.0, and
 * docs.cohere.com/docs/cohere-embed, seen 2026-11-22). Bedrock's names (`cohere.embed-v4:0`) are understood too.
 */
export type EmbedTraits = {
  /** Lengths of its vectors. Undefined: not known. More than one: `output_dimension` chooses. */
  readonly dimensions: readonly number[] | undefined;
  /** Takes `inputs` of texts and pictures together; else a picture is sent alone. */
  readonly mixedInputs: boolean;
};

export function readEmbedTraits(model: string): EmbedTraits {
  const isThird = /embed-.*v3(?:\.0)?\b|embed-(?:english|multilingual)-v3/.test(model);
  if (!isThird) return { dimensions: undefined, mixedInputs: true };
  return { dimensions: [model.includes("-light-") ? 384 : 1_024], mixedInputs: false };
}
