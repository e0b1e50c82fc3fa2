/** What the fake knows of a Cohere model, told from its name (docs.cohere.com/docs/models, seen 2026-11-22). */
export interface CohereModel {
  /** It thinks unless told not to; others refuse to be told. */
  readonly thinks: boolean;
}

/** Undefined: no such chat model. */
export function findCohereModel(name: string): CohereModel | undefined {
  return /^(command-(a|r|r-plus|r7b)|c4ai-aya)(-[a-z0-9-]+)*$/.test(name) && !/not-exist|nonexistent|unknown/.test(name)
    ? { thinks: name.includes("reasoning") }
    : undefined;
}

/** Lengths a model's embedding can have, its default first; undefined: no such model. */
export function cohereEmbeddingDimensions(name: string): readonly number[] | undefined {
  const model = name.replace(/^cohere\./, "");
  if (/^embed-v4/.test(model)) {
    return [1536, 1024, 512, 256];
  }
  const match = /^embed-(english|multilingual)-(light-)?v[23]/.exec(model);
  return match === null ? undefined : [match[2] === undefined ? 1024 : 384];
}

export function isCohereRerankModel(name: string): boolean {
  return /^rerank-(v\d|english|multilingual)/.test(name);
}
