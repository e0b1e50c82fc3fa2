import type { JsonValue } from "../dialect.ts";
import { isObject, parseJson, stringOf } from "../json.ts";
import { unwrapSignature, wrapSignature } from "../signature.ts";
import { ownSigner } from "./wire.ts";

/**
 * What Google takes in place of the signature of a function call that none of its models made
 * (https://ai.google.dev/gemini-api/docs/thought-signatures, FAQ, seen 2026-11-22).
 */
export const skippedSignature = "skip_thought_signature_validator";

/** What signs a piece: a signature, or the encrypted form of reasoning, with its id. */
export type Signed = {
  readonly signature: string;
  readonly redactedData: string;
  readonly id: string;
  readonly signer: string;
};

/** For a signature whose maker is not known: it is not Google's, and its envelope needs a name. */
const unknownSigner = "unknown";

/**
 * A piece's signature for a client of this dialect: Google's as it is, any other's in an envelope. Encrypted reasoning and ids, which
 * Google has not, go into the envelope beside it. Empty: there is nothing to be told.
 */
export function encodeSignature({ signature, redactedData, id, signer }: Signed): string {
  if (signature === "" && redactedData === "" && id === "") return "";
  const value =
    redactedData === "" && id === "" ? signature : JSON.stringify({ signature, redacted_data: redactedData, id });
  if (signer === ownSigner) return signature;
  return wrapSignature({ signer: signer === "" ? unknownSigner : signer, value }, ownSigner);
}

/** Reads `thoughtSignature`, from Google or from a client that was told another maker's. */
export function decodeSignature(value: JsonValue | undefined): Signed {
  const { signer, value: signature } = unwrapSignature(stringOf(value) ?? "", ownSigner);
  const plain: Signed = { signature, redactedData: "", id: "", signer: signer === unknownSigner ? "" : signer };
  if (signer === ownSigner || !signature.startsWith("{")) return plain;
  const parts = parseJson(signature);
  if (!isObject(parts)) return plain;
  return {
    ...plain,
    signature: stringOf(parts["signature"]) ?? "",
    redactedData: stringOf(parts["redacted_data"]) ?? "",
    id: (stringOf(parts["id"]) ?? "").slice(0, 1024),
  };
}

/** Whether the text is another maker's, which Google cannot read. */
export function isForeignSignature(value: JsonValue | undefined): boolean {
  const text = stringOf(value) ?? "";
  return text !== "" && unwrapSignature(text, ownSigner).signer !== ownSigner;
}
