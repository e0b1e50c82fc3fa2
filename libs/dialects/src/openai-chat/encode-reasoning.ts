import type { Part } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { readExtension } from "../extension.ts";
import { isObject, parseJson, stringOf } from "../json.ts";
import { wrapSignature } from "../signature.ts";
import { formatOfSigner, signerOfFormat } from "./reasoning-format.ts";
import { dialectName } from "./wire.ts";

export type EncodedReasoning = {
  /** All texts, joined. */
  readonly text: string;
  /** What text alone cannot carry: signatures, encrypted reasoning, ids. Undefined where there is nothing of the kind. */
  readonly details: readonly JsonObject[] | undefined;
};

/**
 * Writes the reasoning among `parts`. In the details, `format` says whose signature it is, in OpenRouter's words, and `index` is the piece's
 * place among all pieces of the message, so that a client that sends them back has them put where they stood, as providers demand that sign.
 */
export function encodeReasoning(parts: readonly Part[]): EncodedReasoning {
  let text = "";
  let needsDetails = false;
  const details: JsonObject[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.kind.case === "reasoning") {
      text += part.kind.value.text;
      const entries = encodeReasoningPart(part, index);
      needsDetails ||= hasMoreThanText(part);
      details.push(...entries);
    } else if (isReasoningDetail(part)) {
      const json = parseJson(part.kind.value.json);
      if (!isObject(json)) continue;
      details.push(json);
      needsDetails = true;
    }
  }
  return { text, details: needsDetails ? details : undefined };
}

/** Whether a piece is an entry of `reasoning_details` of a type that the hub does not know. */
export function isReasoningDetail(part: Part): part is Part & { kind: { case: "opaque" } } {
  return (
    part.kind.case === "opaque" &&
    part.kind.value.dialect === dialectName &&
    part.kind.value.type.startsWith("reasoning_details:")
  );
}

/** Whether `reasoning_content` alone would lose something of the piece. */
export function hasMoreThanText(part: Part): boolean {
  if (part.kind.case !== "reasoning") return false;
  const { signature, redactedData, id } = part.kind.value;
  return (
    signature !== "" ||
    redactedData !== "" ||
    id !== "" ||
    readExtension(part.extensions, dialectName, "#reasoning_details") !== undefined
  );
}

/** The entries of `reasoning_details` for one piece: its text with its signature, and its encrypted form. */
export function encodeReasoningPart(part: Part, index: number): JsonObject[] {
  if (part.kind.case !== "reasoning") return [];
  const { text, signature, redactedData, id, summary, signer } = part.kind.value;
  const note = readExtension(part.extensions, dialectName, "#reasoning_details");
  const rest: Record<string, JsonValue | undefined> = isObject(note) ? { ...note } : {};
  const hasBytes = signature !== "" || redactedData !== "";
  const format = stringOf(rest["format"]) ?? (hasBytes ? formatOfSigner(signer) : undefined);
  if (format !== undefined) rest["format"] = format;
  const tell = (value: string) => wrapSignature({ signer, value }, signerOfFormat(format ?? ""));
  if (id !== "") rest["id"] = id;
  rest["index"] = index;
  const entries: JsonObject[] = [];
  if (text !== "" || signature !== "" || redactedData === "") {
    entries.push({
      ...(summary ? { type: "reasoning.summary", summary: text } : { type: "reasoning.text", text }),
      ...(signature === "" ? {} : { signature: tell(signature) }),
      ...rest,
    });
  }
  if (redactedData !== "") entries.push({ type: "reasoning.encrypted", data: tell(redactedData), ...rest });
  return entries;
}
