import { createHmac } from "node:crypto";

const SECRET = "fake provider thinking signature";

/**
 * The signature of a thinking block. It depends on the thinking alone, so that a block signed by one fake is valid for
 * another, as with the real API across its machines.
 */
export function signThinking(thinking: string): string {
  return createHmac("sha512", SECRET).update(thinking).digest("base64");
}

/**
 * A signature for a block whose text is left out (`display: omitted`): it carries the thinking itself, sealed, as the
 * real one does.
 */
export function sealThinking(thinking: string): string {
  const carried = Buffer.from(thinking).toString("base64url");
  return Buffer.from(`${carried}.${signThinking(thinking)}`).toString("base64");
}

/** Whether a thinking block of the fake came back unchanged. */
export function isSignedThinking(thinking: string, signature: string): boolean {
  return signature === signThinking(thinking) || (thinking === "" && isSealedThinking(signature));
}

/** Whether this is a seal made by sealThinking: what `redacted_thinking.data` and omitted blocks must be. */
export function isSealedThinking(sealed: string): boolean {
  const carried = Buffer.from(sealed, "base64").toString().split(".")[0] ?? "";
  return sealed === sealThinking(Buffer.from(carried, "base64url").toString());
}
