import type { Message } from "@sluice/api/sluice/chat/v1/content";
import { type Part, ToolCallKind, type ToolResultPart } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject } from "../dialect.ts";
import { readExtension } from "../extension.ts";
import { isObject } from "../json.ts";
import { responseNote } from "./decode-part.ts";
import { encodePart, idOf, type PartContext, restorePartFields } from "./encode-part.ts";
import { readFunctionResult, writeFunctionResult } from "./function-response.ts";
import { type Draft, dialectName } from "./wire.ts";

/** Google wants a result's function by name; others give the call's id alone: the names of the calls by their ids. */
export function nameCalls(messages: readonly Message[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { parts } of messages) {
    for (const { kind } of parts) {
      if (kind.case === "toolCall" && kind.value.toolKind !== ToolCallKind.SERVER) {
        names.set(kind.value.id, kind.value.tool);
      }
    }
  }
  return names;
}

export type EncodedResult = {
  readonly response: Draft;
  /** What the tool gave back beside text, where the model takes it only outside of the result. */
  readonly beside: readonly Draft[];
};

/** The result of a function. Texts are one text; pictures and files stand within it where the model takes them there. */
export function encodeFunctionResult(
  part: Part,
  result: ToolResultPart,
  path: string,
  names: ReadonlyMap<string, string>,
  resultParts: boolean,
  context: PartContext,
): EncodedResult {
  const { changes } = context.crossing;
  const name = result.tool === "" ? (names.get(result.toolCallId) ?? "") : result.tool;
  if (name === "") {
    context.crossing.refuse(
      path,
      `a result of the call ${result.toolCallId || "of no id"}, which is not in the conversation`,
    );
  }
  const texts: string[] = [];
  const media: Draft[] = [];
  for (const [index, piece] of result.content.entries()) {
    if (piece.kind.case === "text") {
      texts.push(piece.kind.value.text);
      if (piece.cacheControl !== undefined) changes.drop(`${path}.cache_control`, "Google caches prompts by itself");
      continue;
    }
    for (const encoded of encodePart(piece, `${path}.content[${index}]`, context)) {
      if (typeof encoded["text"] === "string") texts.push(encoded["text"]);
      else media.push(encoded);
    }
  }
  if (texts.length > 1) changes.convert(`${path}.content`, "several texts of a result are sent as one");
  if (part.cacheControl !== undefined) changes.drop(`${path}.cache_control`, "Google caches prompts by itself");
  const within = resultParts ? media : [];
  const target: Draft = {
    functionResponse: {
      ...idOf(result.toolCallId),
      name,
      response: writeResponse(part, texts, result.isError === true),
      ...(within.length > 0 && { parts: within }),
    },
  };
  restorePartFields(part, target, path, context.crossing);
  if (within.length === media.length) return { response: target, beside: [] };
  changes.convert(`${path}.content`, "what a tool gave back beside text is sent after the results");
  return { response: target, beside: [{ text: `Result of ${name}:` }, ...media] };
}

function writeResponse(part: Part, texts: readonly string[], isError: boolean): JsonObject {
  const text = texts.length === 0 ? undefined : texts.join("\n");
  const written = readExtension(part.extensions, dialectName, responseNote);
  if (isObject(written)) {
    const said = readFunctionResult(written);
    if (said.text === text && said.isError === isError) return written;
  }
  return writeFunctionResult({ text, isError });
}
