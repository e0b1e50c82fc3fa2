import { CHARACTERS_PER_TOKEN } from "./token-count.ts";

/** The text in pieces of so many tokens, in order. No piece ends inside a surrogate pair. */
export function* splitText(text: string, tokensPerPiece: number): Generator<string> {
  const length = Math.max(1, Math.round(tokensPerPiece * CHARACTERS_PER_TOKEN));
  let start = 0;
  while (start < text.length) {
    let end = start + length;
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last < 0xdc00) {
      end += 1;
    }
    yield text.slice(start, end);
    start = end;
  }
}
