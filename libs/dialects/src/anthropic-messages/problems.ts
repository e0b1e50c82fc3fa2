import type { JsonValue, RequestProblem } from "../dialect.ts";

/** Collects what is wrong with what is decoded, so that decoding is one pass that returns its best and is then asked once. */
export interface Problems {
  /** `path` such as `messages[2].content`; `message` as Anthropic words it: `Field required`. */
  add(path: string, message: string): void;
  /** The first, undefined if there is none. */
  readonly first: RequestProblem | undefined;
}

export function createProblems(): Problems {
  let first: RequestProblem | undefined;
  return {
    add(path, message) {
      first ??= createProblem(path, message);
    },
    get first() {
      return first;
    },
  };
}

/** As Anthropic writes it: the path with dots before the message (`messages.2.content: Field required`). */
export function createProblem(path: string, message: string): RequestProblem {
  return { message: `${path.replace(/\[(\d+)\]/g, ".$1")}: ${message}`, parameter: path };
}

/** What Anthropic says of a missing field or of one that is not `expected` (`a valid string`). */
export function describeMismatch(value: JsonValue | undefined, expected: string): string {
  return value === undefined ? "Field required" : `Input should be ${expected}`;
}
