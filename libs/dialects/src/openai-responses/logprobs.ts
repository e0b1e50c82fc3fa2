import type { JsonObject, JsonValue } from "../dialect.ts";
import { arrayOf, isArray, isObject, parseJson, stringOf } from "../json.ts";

/** The hub's form of the `logprobs` of a text: OpenAI Chat's. Empty where there are none. */
export function decodeLogprobs(logprobs: JsonValue | undefined): string {
  return isArray(logprobs) && logprobs.length > 0 ? JSON.stringify({ content: logprobs }) : "";
}

/** Entries of the hub's form that wait for the text they belong to. */
export interface LogprobsQueue {
  add(json: string): void;
  /** The entries of the next `text`, as far as their tokens fill it. */
  take(text: string): readonly JsonObject[];
  takeAll(): readonly JsonObject[];
}

export function createLogprobsQueue(json = ""): LogprobsQueue {
  let waiting: JsonObject[] = read(json);
  return {
    add(more) {
      waiting.push(...read(more));
    },
    take(text) {
      let length = 0;
      const taken = waiting.findIndex((entry) => {
        const full = length >= text.length;
        length += (stringOf(entry["token"]) ?? "").length;
        return full;
      });
      return waiting.splice(0, taken < 0 ? waiting.length : taken);
    },
    takeAll() {
      const all = waiting;
      waiting = [];
      return all;
    },
  };
}

function read(json: string): JsonObject[] {
  const logprobs = json === "" ? undefined : parseJson(json);
  return isObject(logprobs) ? arrayOf(logprobs["content"]).filter(isObject) : [];
}
