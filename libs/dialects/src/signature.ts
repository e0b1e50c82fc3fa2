/**
 * A maker's signature on its way through a dialect that has no place for foreign ones.
 *
 * Reasoning that one maker signed or encrypted (`anthropic`, `google`, `openai`) must come back to it byte for byte, and means nothing to
 * the others. A dialect's own place for such bytes (Anthropic's `signature` and `data`, Gemini's `thoughtSignature`, OpenAI's
 * `encrypted_content`) carries its own maker's as they are, and any other's in an envelope that says whose they are. Letters, digits, `-` and
 * `_` alone, so that it passes where base64 is expected.
 */
export type SignedBytes = { readonly signer: string; readonly value: string };

const mark = "sluice_sig_";
const envelope = /^sluice_sig_([a-z0-9]+)_([A-Za-z0-9_-]*)$/;

/** The bytes as `own` can carry them. `own` is the maker whose place it is. */
export function wrapSignature({ signer, value }: SignedBytes, own: string): string {
  if (value === "" || signer === "" || signer === own) return value;
  return `${mark}${signer}_${Buffer.from(value, "utf8").toString("base64url")}`;
}

/** What was wrapped; or, of anything else, the bytes as `own`'s. */
export function unwrapSignature(text: string, own: string): SignedBytes {
  const match = text.startsWith(mark) ? envelope.exec(text) : null;
  if (match === null) return { signer: text === "" ? "" : own, value: text };
  return { signer: match[1] as string, value: Buffer.from(match[2] as string, "base64url").toString("utf8") };
}

/** Stands for a signature where there is none, in a dialect's place that its maker always fills: so what is not the maker's is known by it. */
export const unsignedMark = `${mark}none_`;

/** Whether a request's bytes may hold what was told in an envelope: then it must not reach a maker as it is, and is to be decoded. */
export function holdsForeignSignature(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(mark);
}
