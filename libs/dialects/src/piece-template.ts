import { isUtf8 } from "node:buffer";
import { decodeSseBlock, type SseEvent } from "@sluice/sse";

/** Bytes that are the same in every event but for a number in them, where `end` is what follows it. */
type Fixed = { readonly start: string; readonly end: string | undefined };

/** An event's bytes, as Latin-1 so that a character is a byte, with the text and the padding taken out. */
type Template = {
  /** Up to the text, its opening quote included. */
  readonly head: Fixed;
  /** From the text's closing quote to the padding. */
  readonly middle: Fixed;
  readonly padding: "spaces" | "letters";
  /** From behind the padding to the end of the event. */
  readonly tail: Fixed;
  /** The length of all that is fixed. */
  readonly length: number;
  /** Characters of the event that are not the text's. */
  readonly otherCharacters: number;
};

/** Learning reads the event twice more, so it is done no more often than every so many events that match. */
const learnCost = 4;
const mostCredit = 4 * learnCost;

/**
 * Tells the pieces of a stream's text by their bytes. A provider writes them all alike: but for the text, and the padding that OpenAI
 * (`obfuscation`) and Anthropic (spaces) put in against eavesdroppers, one is the other byte for byte. An event that matches one that was
 * read, its text being a JSON string, means what that one meant, with another text. OpenAI's Responses number their events: that number may
 * differ too. Nothing is guessed: whatever differs elsewhere is left to be read.
 */
export class PieceTemplate {
  readonly #textKeys: RegExp;
  readonly #count: (event: SseEvent) => number | undefined;
  readonly #number: RegExp | undefined;
  #template: Template | undefined;
  #credit = mostCredit;

  /**
   * `textKeys` finds, with the flag g, a member that may be the text, up to its opening quote. `count` gives the characters of an event
   * that adds characters and, once one like it was read, changes nothing else; undefined of any other. `numberKey` is the member that numbers
   * the events.
   */
  constructor(textKeys: RegExp, count: (event: SseEvent) => number | undefined, numberKey?: string) {
    this.#textKeys = textKeys;
    this.#count = count;
    this.#number = numberKey === undefined ? undefined : new RegExp(`("${numberKey}"\\s*:\\s*)\\d+`);
  }

  /** Takes an event that was read as its example, if it is one. `bytes` are all of it, the blank line included. */
  learn(bytes: Buffer): void {
    if (this.#credit < learnCost) return;
    this.#credit -= learnCost;
    const text = bytes.toString("latin1");
    if (!text.endsWith("\n")) return;
    for (const { 0: key, index } of text.matchAll(this.#textKeys)) {
      const template = this.#cut(text, index + key.length);
      if (template !== undefined) {
        this.#template = template;
        return;
      }
    }
  }

  /** The characters (UTF-16 units) of an event like the example, exactly. -1: it is not like it, and has to be read. */
  match(bytes: Buffer): number {
    const template = this.#template;
    if (template === undefined) return -1;
    const { head, middle, padding, tail } = template;
    if (bytes.length < template.length) return -1;
    const text = bytes.toString("latin1");
    const start = skipFixed(text, 0, head);
    const scanned = start < 0 ? undefined : scanString(text, start);
    if (scanned === undefined) return -1;
    const middleEnd = skipFixed(text, scanned.end, middle);
    if (middleEnd < 0) return -1;
    if (skipFixed(text, skipPadding(text, middleEnd, padding), tail) !== text.length) return -1;
    // An empty text may stand for another member's.
    if (scanned.characters === 0 || (!scanned.ascii && !isUtf8(bytes))) return -1;
    if (this.#credit < mostCredit) this.#credit += 1;
    return template.otherCharacters + scanned.characters;
  }

  #cut(text: string, start: number): Template | undefined {
    const scanned = scanString(text, start);
    if (scanned === undefined) return undefined;
    const head = text.slice(0, start);
    const rest = text.slice(scanned.end);
    const obfuscation = /"obfuscation"\s*:\s*"/.exec(rest);
    const padding = obfuscation === null ? "spaces" : "letters";
    const brace = rest.lastIndexOf("}");
    const from =
      obfuscation === null ? rest.slice(0, brace).trimEnd().length : obfuscation.index + obfuscation[0].length;
    const middle = rest.slice(0, from);
    const tail = rest.slice(skipPadding(rest, from, padding));
    // What is counted must follow the text alone, and the padding must be just that.
    const pad = padding === "spaces" ? "  " : "Aa0";
    const one = this.#countText(`${head}t${middle}${tail}`);
    const three = this.#countText(`${head}ttt${middle}${pad}${tail}`);
    if (brace < 0 || one === undefined || three !== one + 2) return undefined;
    const [first, second, last] = [this.#fix(head), this.#fix(middle), this.#fix(tail)];
    const length = lengthOf(first) + lengthOf(second) + lengthOf(last);
    return { head: first, middle: second, padding, tail: last, length, otherCharacters: one - 1 };
  }

  #fix(text: string): Fixed {
    const match = this.#number?.exec(text);
    if (match === null || match === undefined) return { start: copy(text), end: undefined };
    const start = match.index + (match[1]?.length ?? 0);
    return { start: copy(text.slice(0, start)), end: copy(text.slice(match.index + match[0].length)) };
  }

  #countText(text: string): number | undefined {
    const item = decodeSseBlock(Buffer.from(text, "latin1"));
    return item?.kind === "event" ? this.#count(item) : undefined;
  }
}

function lengthOf({ start, end }: Fixed): number {
  return start.length + (end === undefined ? 0 : end.length + 1);
}

/** Where the fixed bytes end that begin at `at`; -1 where they are others. */
function skipFixed(text: string, at: number, { start, end }: Fixed): number {
  const startEnd = at + start.length;
  // Several times faster than `startsWith`.
  if (text.slice(at, startEnd) !== start) return -1;
  if (end === undefined) return startEnd;
  let digitsEnd = startEnd;
  while (isDigit(text.charCodeAt(digitsEnd))) digitsEnd += 1;
  const endEnd = digitsEnd + end.length;
  return digitsEnd > startEnd && text.slice(digitsEnd, endEnd) === end ? endEnd : -1;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** A string of its own: a slice is slower to compare with, and keeps all of the event. */
function copy(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

const quote = 0x22;
const backslash = 0x5c;

/** Reads a JSON string's bytes from behind its opening quote to its closing one. Undefined: it has none, or is no JSON. */
function scanString(
  text: string,
  start: number,
): { readonly end: number; readonly characters: number; readonly ascii: boolean } | undefined {
  let characters = 0;
  let bits = 0;
  let at = start;
  for (;;) {
    const byte = text.charCodeAt(at);
    if (byte === quote) return { end: at, characters, ascii: bits < 0x80 };
    // NaN at the end is not greater either.
    if (!(byte >= 0x20)) return undefined;
    bits |= byte;
    if (byte === backslash) {
      const length = escapeLength(text, at);
      if (length === 0) return undefined;
      at += length;
      characters += 1;
    } else {
      at += 1;
      // UTF-8: all but continuation bytes begin a character, and one of four bytes is two units.
      if (byte < 0x80 || byte >= 0xc0) characters += byte >= 0xf0 ? 2 : 1;
    }
  }
}

const fourHex = /^[0-9a-fA-F]{4}$/;

/** The length of the escape at a backslash; 0 where it is none. Each is one UTF-16 unit. */
function escapeLength(text: string, at: number): number {
  switch (text[at + 1]) {
    case '"':
    case "\\":
    case "/":
    case "b":
    case "f":
    case "n":
    case "r":
    case "t":
      return 2;
    case "u":
      return fourHex.test(text.slice(at + 2, at + 6)) ? 6 : 0;
    default:
      return 0;
  }
}

function skipPadding(text: string, start: number, padding: Template["padding"]): number {
  let at = start;
  if (padding === "spaces") {
    while (text.charCodeAt(at) === 0x20) at += 1;
    return at;
  }
  for (;;) {
    const byte = text.charCodeAt(at);
    const isLetter = (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x30 && byte <= 0x39);
    if (!isLetter) return at;
    at += 1;
  }
}
