import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Part, PartSchema, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { arrayOf, isObject, stringOf } from "../json.ts";
import { type Problems, reportType } from "../request-problem.ts";
import { camelize, messageOf } from "./camel-case.ts";
import { createTextPart, readFunctionResult, writeFunctionResult } from "./function-response.ts";
import { createMediaKind, decodeBlob, decodeFileData, isVideo } from "./media.ts";
import { keepNested } from "./nested-fields.ts";
import { decodeSignature } from "./thought-signature.ts";
import type { CallIds } from "./tool-call-id.ts";
import { blobFields, dialectName, functionCallFields, functionResponseFields } from "./wire.ts";

type PartKind = NonNullable<MessageInitShape<typeof PartSchema>["kind"]>;

/** The members of which a part has one: what it is. */
const dataFields = [
  "text",
  "inlineData",
  "fileData",
  "functionCall",
  "functionResponse",
  "executableCode",
  "codeExecutionResult",
  "toolCall",
  "toolResponse",
] as const;

export type DataField = (typeof dataFields)[number];

/** Which member says what the part is. Undefined: none that is known. */
export function findDataField(part: JsonObject): DataField | undefined {
  return dataFields.find((field) => part[field] !== undefined && part[field] !== null);
}

/**
 * Reads one of `parts`, of a request or of an answer. Undefined where it says nothing: an empty text without a signature. Kinds that the hub
 * does not know are kept whole.
 */
export function decodePart(value: JsonValue, path: string, ids: CallIds, problems: Problems): Part | undefined {
  const part = messageOf(value, `${path}.`, problems);
  if (part === undefined) {
    reportType(problems, path, "an object", value);
    return undefined;
  }
  const field = findDataField(part);
  switch (field) {
    case undefined:
      return Object.hasOwn(part, "thoughtSignature") ? decodeText(part, "", path, problems) : keepWhole(part);
    case "text":
      return decodeText(part, part["text"], path, problems);
    default: {
      const data = messageOf(part[field], `${path}.${field}.`, problems);
      if (data !== undefined) return decodeData(part, field, data, path, ids, problems);
      reportType(problems, `${path}.${field}`, "an object", part[field]);
      return undefined;
    }
  }
}

function decodeText(part: JsonObject, text: JsonValue | undefined, path: string, problems: Problems): Part | undefined {
  if (typeof text !== "string") {
    reportType(problems, `${path}.text`, "a string", text);
    return undefined;
  }
  const signed = decodeSignature(part["thoughtSignature"]);
  const { signature, signer } = signed;
  if (part["thought"] === true) {
    const { redactedData, id } = signed;
    if (text === "" && signature === "" && redactedData === "" && id === "") return undefined;
    const value = { text, signature, redactedData, id, signer, summary: redactedData === "" };
    return finish(part, { case: "reasoning", value }, "text", ["thought"]);
  }
  if (text === "" && signature === "") return undefined;
  return finish(part, { case: "text", value: { text, signature, signer } }, "text");
}

function decodeData(
  part: JsonObject,
  field: Exclude<DataField, "text">,
  data: JsonObject,
  path: string,
  ids: CallIds,
  problems: Problems,
): Part | undefined {
  switch (field) {
    case "inlineData":
    case "fileData":
      return decodeMediaPart(part, field, data, path, problems);
    case "functionCall":
      return decodeFunctionCall(part, data, path, ids, problems);
    case "functionResponse":
      return decodeFunctionResponse(part, data, path, ids, problems);
    case "executableCode":
    case "toolCall": {
      const tool = field === "executableCode" ? codeTool : (stringOf(data["toolType"]) ?? "");
      const { id, ...said } = data;
      const value = {
        id: ids.code(stringOf(id) ?? "", data),
        tool: tool.slice(0, 256),
        arguments: JSON.stringify(field === "toolCall" ? (data["args"] ?? {}) : said),
        toolKind: ToolCallKind.SERVER,
        ...readCallSignature(part),
      };
      const note = createExtension(dialectName, serverCallNote, { [field]: said });
      return finish(part, { case: "toolCall", value }, field, ["thoughtSignature"], [note]);
    }
    case "codeExecutionResult":
    case "toolResponse": {
      const { id, ...said } = data;
      const outcome = stringOf(data["outcome"]) ?? "";
      const value = {
        toolCallId: ids.codeResult(stringOf(id) ?? ""),
        tool: field === "toolResponse" ? (stringOf(data["toolType"]) ?? "").slice(0, 256) : codeTool,
        serverType: field,
        serverContentJson: JSON.stringify(said),
        dialect: dialectName,
        ...(outcome === "" ? {} : { isError: outcome !== "OUTCOME_OK" }),
      };
      return finish(part, { case: "toolResult", value }, field);
    }
  }
}

/** The hub's name of the tool by which the provider runs code. */
const codeTool = "code_execution";

/** How a call of a tool that the provider ran was written: `{executableCode: …}` or `{toolCall: …}`, without its id. */
export const serverCallNote = "#server_call";

/** That the name of a file came as `displayName`. */
export const displayNameNote = "#displayName";

function readCallSignature(part: JsonObject): { readonly signature: string; readonly signer: string } {
  const { signature, signer } = decodeSignature(part["thoughtSignature"]);
  return { signature, signer };
}

function decodeMediaPart(
  part: JsonObject,
  field: "inlineData" | "fileData",
  data: JsonObject,
  path: string,
  problems: Problems,
): Part | undefined {
  const uri = stringOf(data["fileUri"]) ?? "";
  // A picture that is a thought is no part of the answer.
  if (part["thought"] === true || isVideo(stringOf(data["mimeType"]) ?? "", uri)) return keepWhole(part);
  const media =
    field === "inlineData"
      ? decodeBlob(data, `${path}.${field}`, problems)
      : decodeFileData(data, `${path}.${field}`, problems);
  if (media === undefined) return undefined;
  const notes = media.filename === "" ? [] : [createExtension(dialectName, displayNameNote, true)];
  return finish(part, createMediaKind(media), field, [], [...notes, ...keepNested(field, data, blobFields)]);
}

function decodeFunctionCall(
  part: JsonObject,
  data: JsonObject,
  path: string,
  ids: CallIds,
  problems: Problems,
): Part | undefined {
  const name = data["name"];
  const args = data["args"] ?? {};
  if (typeof name !== "string" || name === "") {
    reportType(problems, `${path}.functionCall.name`, "a string", name === "" ? undefined : name);
    return undefined;
  }
  if (!isObject(args)) {
    reportType(problems, `${path}.functionCall.args`, "an object", args);
    return undefined;
  }
  const value = {
    id: ids.call(stringOf(data["id"]) ?? "", name, data),
    tool: name.slice(0, 256),
    arguments: JSON.stringify(args),
    ...readCallSignature(part),
  };
  const kept = keepNested("functionCall", data, functionCallFields);
  return finish(part, { case: "toolCall", value }, "functionCall", ["thoughtSignature"], kept);
}

function decodeFunctionResponse(
  part: JsonObject,
  data: JsonObject,
  path: string,
  ids: CallIds,
  problems: Problems,
): Part | undefined {
  const name = data["name"];
  const response = data["response"] ?? {};
  if (typeof name !== "string" || name === "") {
    reportType(problems, `${path}.functionResponse.name`, "a string", name === "" ? undefined : name);
    return undefined;
  }
  if (!isObject(response)) {
    reportType(problems, `${path}.functionResponse.response`, "an object", response);
    return undefined;
  }
  const result = readFunctionResult(response);
  const content: Part[] = result.text === undefined ? [] : [createTextPart(result.text)];
  for (const [index, entry] of arrayOf(data["parts"]).entries()) {
    const piece = decodePart(entry, `${path}.functionResponse.parts[${index}]`, ids, problems);
    if (piece !== undefined) content.push(piece);
  }
  const value = {
    toolCallId: ids.result(stringOf(data["id"]) ?? "", name),
    tool: name.slice(0, 256),
    content,
    ...(result.isError ? { isError: true } : {}),
  };
  const kept = keepNested("functionResponse", data, functionResponseFields);
  const written = writeFunctionResult(result);
  // Written otherwise than it would be from the text alone.
  if (JSON.stringify(written) !== JSON.stringify(response)) {
    kept.push(createExtension(dialectName, responseNote, response));
  }
  return finish(part, { case: "toolResult", value }, "functionResponse", [], kept);
}

/** The response object as it was written. */
export const responseNote = "#response";

/** The part in the hub's form, with what the hub has no place for. `known` has what has been read of it beside its data. */
function finish(
  part: JsonObject,
  kind: PartKind,
  field: DataField,
  known: readonly string[] = [],
  extensions: ReturnType<typeof keepUnknown> = [],
): Part {
  const read = new Set([field, ...known]);
  if (kind.case === "text" || kind.case === "reasoning") read.add("thoughtSignature").add("thought");
  // `thought: false` is the default.
  if (part["thought"] === false) read.add("thought");
  return create(PartSchema, { kind, extensions: [...extensions, ...keepUnknown(part, read, dialectName)] });
}

/** A part that the hub does not know. */
function keepWhole(part: JsonObject): Part {
  const type = findDataField(part) ?? Object.keys(camelize(part))[0] ?? "";
  return create(PartSchema, {
    kind: {
      case: "opaque",
      value: { dialect: dialectName, type: type.slice(0, 256), json: JSON.stringify(part) },
    },
  });
}
