import type { JsonValue } from "../dialect.ts";
import { isArray, isObject } from "../json.ts";
import { mergeLogprobs } from "../merge-logprobs.ts";

/** Log probabilities that wait for the text they belong to. */
export interface LogprobsBuffer {
  add(logprobs: JsonValue | undefined): void;
  pending(): boolean;
  /** JSON text in the form of OpenAI Chat's `logprobs`; empty where there are none. */
  take(): string;
}

export function createLogprobsBuffer(): LogprobsBuffer {
  let held: JsonValue | undefined;
  return {
    add(logprobs) {
      if (!isObject(logprobs) || !hasTokens(logprobs)) return;
      held = held === undefined ? logprobs : mergeLogprobs(held, logprobs);
    },
    pending: () => held !== undefined,
    take() {
      const text = held === undefined ? "" : JSON.stringify(held);
      held = undefined;
      return text;
    },
  };
}

function hasTokens(logprobs: JsonValue): boolean {
  return isObject(logprobs) && Object.values(logprobs).some((list) => isArray(list) && list.length > 0);
}
