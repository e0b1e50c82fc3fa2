import { isUtf8 } from "node:buffer";
import type { ReasoningPart } from "@sluice/api/sluice/chat/v1/content";
import { decodeBase64 } from "../data-url.ts";
import type { JsonValue } from "../dialect.ts";
import { isObject, stringOf } from "../json.ts";
import { unwrapSignature, wrapSignature } from "../signature.ts";
import type { ModelTraits } from "./model-traits.ts";
import type { Draft } from "./wire.ts";

// Reasoning that a model on Bedrock signed. Text is signed by Claude alone, in the very form that Anthropic's own API has: a conversation may
// go from one to the other. `redactedContent` is bytes: of Claude, Anthropic's own `data` written in base64 once more (seen in recorded
// answers); of OpenAI's models a form of Bedrock's, which only Bedrock can read (github.com/strands-rl/strands-env/pull/258, seen 2026-11-22).

const anthropic = "anthropic";

/** The signer of bytes that only Bedrock can read; they are kept in base64, as they came. */
const amazon = "amazon";

export type Reasoning = Pick<ReasoningPart, "text" | "signature" | "redactedData" | "signer">;

/** What `reasoningContent` says. Undefined: it is of a kind that is not known. */
export function readReasoning(content: JsonValue): Reasoning | undefined {
  if (!isObject(content)) return undefined;
  const text = content["reasoningText"];
  if (isObject(text)) {
    const signed = readSignature(stringOf(text["signature"]) ?? "");
    return { text: stringOf(text["text"]) ?? "", signature: signed.value, redactedData: "", signer: signed.signer };
  }
  const redacted = stringOf(content["redactedContent"]);
  return redacted === undefined ? undefined : readRedacted(redacted);
}

export function readSignature(signature: string): { readonly signer: string; readonly value: string } {
  const { signer, value } = unwrapSignature(signature, anthropic);
  return value === "" ? { signer: "", value: "" } : { signer, value };
}

/** OpenAI's encrypted reasoning begins so (Fernet tokens, version 0x80). */
const openaiStart = "gAAAA";

export function readRedacted(base64: string): Reasoning {
  const bytes = Buffer.from(decodeBase64(base64) ?? []);
  const text = isUtf8(bytes) ? bytes.toString() : "";
  const isAnthropics = /^[A-Za-z0-9+/_=-]+$/.test(text) && !text.startsWith(openaiStart);
  if (!isAnthropics || bytes.toString("base64") !== base64) {
    return { text: "", signature: "", redactedData: base64, signer: amazon };
  }
  const { signer, value } = unwrapSignature(text, anthropic);
  return { text: "", signature: "", redactedData: value, signer };
}

/** The blocks by which reasoning is told; none where it says nothing. Another maker's signature is in an envelope. */
export function encodeReasoning({ text, signature, redactedData, signer }: Reasoning): readonly Draft[] {
  const blocks: Draft[] = [];
  if (text !== "" || signature !== "")
    blocks.push({ reasoningContent: { reasoningText: signedText(text, signature, signer) } });
  if (redactedData !== "") blocks.push({ reasoningContent: { redactedContent: encodeRedacted(redactedData, signer) } });
  return blocks;
}

function signedText(text: string, value: string, signer: string): Draft {
  return { text, ...(value !== "" && { signature: encodeSignature(value, signer) }) };
}

export function encodeSignature(value: string, signer: string): string {
  return wrapSignature({ signer, value }, anthropic);
}

export function encodeRedacted(value: string, signer: string): string {
  if (signer === amazon) return value;
  return Buffer.from(wrapSignature({ signer, value }, anthropic), "utf8").toString("base64");
}

/**
 * Why the model would not take the reasoning back; undefined: it does. Reasoning that nobody signed is refused by models that reason ("User
 * messages cannot contain reasoning content", github.com/langchain-ai/langchain-aws/issues/401, seen 2026-11-22).
 */
export function findReasoningObstacle(
  { signature, redactedData, signer, id }: Reasoning & { readonly id: string },
  traits: ModelTraits,
): string | undefined {
  if (signature === "" && redactedData === "") return "reasoning that nobody has signed: Bedrock takes none back";
  // Dialects that did not know signers had them from Anthropic, whose items have no id.
  const maker = signer === "" && id === "" ? anthropic : signer;
  if (
    maker === traits.reasoningSigner ||
    (traits.reasoningSigner === "any" && (maker === anthropic || maker === amazon))
  ) {
    return undefined;
  }
  return `reasoning signed by ${maker || "another provider"}: the model cannot read it`;
}
