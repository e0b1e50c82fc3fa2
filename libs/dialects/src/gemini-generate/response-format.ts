import { create } from "@bufbuild/protobuf";
import {
  type ChatRequest,
  type JsonSchemaFormat,
  type ResponseFormat,
  ResponseFormatSchema,
} from "@sluice/api/sluice/chat/v1/chat_request";
import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject } from "../dialect.ts";
import { createExtension, readExtension } from "../extension.ts";
import { isObject, parseJson } from "../json.ts";
import { type Problems, readObject, readString } from "../request-problem.ts";
import type { Crossing } from "./crossing.ts";
import type { ModelTraits } from "./model-traits.ts";
import { fitJsonSchema, toJsonSchema } from "./schema.ts";
import { type Draft, dialectName } from "./wire.ts";

/** The schema in Google's own form, noted as it came; or that it came as JSON Schema, `true`. */
const schemaNote = "#responseSchema";

export type DecodedFormat = { readonly format: ResponseFormat | undefined; readonly extensions: readonly Extension[] };

const jsonType = "application/json";

/** Reads `responseMimeType` with its schema. A type that is neither JSON nor plain text (`text/x.enum`) is kept as an extension. */
export function decodeResponseFormat(config: JsonObject, path: string, problems: Problems): DecodedFormat {
  const type = readString(problems, config, "responseMimeType", path) ?? "";
  const own = readObject(problems, config, "responseSchema", path);
  const json = readObject(problems, config, "responseJsonSchema", path);
  if (type !== jsonType) {
    const extensions = Object.entries({ responseMimeType: type, responseSchema: own, responseJsonSchema: json })
      .filter(([key, value]) => value !== undefined && value !== "" && !(key === "responseMimeType" && isPlain(type)))
      .map(([key, value]) => createExtension(dialectName, `generationConfig.${key}`, value ?? null));
    const format = isPlain(type) && type !== "" ? createFormat({ case: "text", value: {} }) : undefined;
    return { format, extensions };
  }
  if (own === undefined && json === undefined) {
    return { format: createFormat({ case: "jsonObject", value: {} }), extensions: [] };
  }
  const schema = json ?? (own === undefined ? {} : toJsonSchema(own));
  return {
    format: createFormat({ case: "jsonSchema", value: { schemaJson: JSON.stringify(schema) } }),
    extensions: [createExtension(dialectName, schemaNote, json === undefined ? (own ?? {}) : true)],
  };
}

function isPlain(type: string): boolean {
  return type === "" || type === "text/plain";
}

function createFormat(kind: NonNullable<Parameters<typeof create<typeof ResponseFormatSchema>>[1]>["kind"]) {
  return create(ResponseFormatSchema, { kind: kind ?? { case: undefined } });
}

/** Writes the format of the answer into `config`. */
export function encodeResponseFormat(
  request: ChatRequest,
  traits: ModelTraits,
  hasFunctions: boolean,
  config: Draft,
  crossing: Crossing,
): void {
  const format = request.responseFormat;
  switch (format?.kind.case) {
    case "text":
      config["responseMimeType"] = "text/plain";
      return;
    case "jsonObject":
    case "jsonSchema":
      if (hasFunctions && !traits.formatWithFunctions) {
        crossing.refuse("response_format", "JSON beside functions, expected one of the two: the model takes not both");
        return;
      }
      config["responseMimeType"] = jsonType;
      if (format.kind.case === "jsonSchema") encodeSchema(format.kind.value, request.extensions, config, crossing);
      return;
    default:
      return;
  }
}

function encodeSchema(
  format: JsonSchemaFormat,
  extensions: readonly Extension[],
  config: Draft,
  crossing: Crossing,
): void {
  const { schemaJson, description } = format;
  if (schemaJson === "") return;
  const schema = parseJson(schemaJson);
  if (!isObject(schema)) {
    crossing.refuse("response_format.json_schema.schema", "expected a JSON Schema, which is a JSON object");
    return;
  }
  const note = readExtension(extensions, dialectName, schemaNote);
  if (isObject(note) && JSON.stringify(toJsonSchema(note)) === schemaJson) {
    config["responseSchema"] = note;
    return;
  }
  if (note === true) {
    config["responseJsonSchema"] = schema;
    return;
  }
  if (description !== "") {
    crossing.changes.drop("response_format.json_schema.description", "Google reads the schema's own description alone");
  }
  const { schema: fitted, changes } = fitJsonSchema(schema);
  for (const change of changes) crossing.changes.convert("response_format.json_schema.schema", change);
  config["responseJsonSchema"] = fitted;
}
