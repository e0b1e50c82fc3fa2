import { isObject, parseJson } from "./json.ts";

// A free-text tool that is sent as a function has one parameter, `input`, a string. Here its text goes in and comes out.

/** The text as the arguments of the function. */
export function wrapCustomInput(text: string): string {
  return JSON.stringify({ input: text });
}

/**
 * The text in a function's arguments. Of an object without `input` its only text, of anything else the arguments themselves: a model's slip
 * reaches the tool, which can say so, and is not lost.
 */
export function unwrapCustomInput(text: string): string {
  const value = text.trim() === "" ? {} : parseJson(text);
  if (!isObject(value)) return text;
  if (typeof value["input"] === "string") return value["input"];
  const members = Object.values(value);
  if (members.length === 0) return "";
  return members.length === 1 && typeof members[0] === "string" ? members[0] : text;
}

/** Takes a function's arguments as they come and gives the text in them, as soon as it can be read. */
export interface CustomInputReader {
  push(text: string): string;
  /** The arguments ended. Returns what is still owed. */
  end(): string;
}

/**
 * States: held until the arguments begin with `{"input": "`; then text, up to the closing quote; then done. Arguments that begin otherwise
 * are held to the end and read whole. Members after `input` are left out.
 */
type State =
  | { readonly phase: "held"; readonly text: string }
  /** `rest`: the beginning of an escape, or half of a pair of them. */
  | { readonly phase: "text"; readonly rest: string }
  | { readonly phase: "done" };

const opening = /^\s*\{\s*"input"\s*:\s*"/;

export function createCustomInputReader(): CustomInputReader {
  let state: State = { phase: "held", text: "" };

  function take(text: string): string {
    const end = findEnd(text);
    state = end.closed ? { phase: "done" } : { phase: "text", rest: text.slice(end.at) };
    return readEscapes(text.slice(0, end.at));
  }

  return {
    push(text) {
      switch (state.phase) {
        case "held": {
          const held = state.text + text;
          const head = opening.exec(held);
          if (head !== null) return take(held.slice(head[0].length));
          state = { phase: "held", text: held };
          return "";
        }
        case "text":
          return take(state.rest + text);
        case "done":
          return "";
      }
    },
    end() {
      const last = state;
      state = { phase: "done" };
      if (last.phase === "held") return unwrapCustomInput(last.text);
      return last.phase === "text" ? readEscapes(last.rest) : "";
    },
  };
}

/** How far a JSON string's inside can be read: to its closing quote, or to before an escape that is not whole. */
function findEnd(text: string): { readonly at: number; readonly closed: boolean } {
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') return { at, closed: true };
    if (character !== "\\") {
      at += 1;
      continue;
    }
    const length = escapeLength(text, at);
    if (at + length > text.length) return { at, closed: false };
    at += length;
  }
  return { at, closed: false };
}

/** Two surrogates that belong together are one escape, so that no half of a character is told alone. */
function escapeLength(text: string, at: number): number {
  if (text[at + 1] !== "u") return 2;
  const isHigh = /^[dD][89abAB]/.test(text.slice(at + 2, at + 4));
  const next = text.slice(at + 6, at + 8);
  return isHigh && "\\u".startsWith(next) ? 12 : 6;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/** Lenient: a line break that the model did not escape stands, and so does an escape that JSON does not know. */
function readEscapes(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([^u]))/g, (whole, code: string | undefined, letter: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return escapes[letter] ?? ('"\\/'.includes(letter) ? letter : whole);
  });
}
