/**
 * A call's id as Anthropic takes it: letters, digits, `_` and `-` only. Other characters are written out in hexadecimal, always in the same
 * way, so that a result finds its call and `a.b` and `a:b` stay apart.
 */
export function encodeToolCallId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/gu, (character) => `_${character.codePointAt(0)?.toString(16)}_`);
}
