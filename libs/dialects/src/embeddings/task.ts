import type { EmbeddingTask } from "./embedding-request.ts";

/** A provider's words for tasks, both ways. */
export interface TaskWords {
  decode(word: string): EmbeddingTask | undefined;
  /** Undefined where the provider has no word for it. */
  encode(task: EmbeddingTask): string | undefined;
}

export function createTaskWords(words: Readonly<Partial<Record<EmbeddingTask, string>>>): TaskWords {
  const tasks = new Map(Object.entries(words).map(([task, word]) => [word, task as EmbeddingTask]));
  return { decode: (word) => tasks.get(word), encode: (task) => words[task] };
}
