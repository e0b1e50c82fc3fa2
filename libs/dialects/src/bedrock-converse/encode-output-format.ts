import type { ResponseFormat } from "@sluice/api/sluice/chat/v1/chat_request";
import type { Crossing } from "../anthropic-messages/crossing.ts";
import { closeObjects } from "../anthropic-messages/encode-response-format.ts";
import type { JsonObject } from "../dialect.ts";
import { isObject, parseJson } from "../json.ts";
import type { ModelTraits } from "./model-traits.ts";

const parameter = "response_format";

/**
 * `outputConfig.textFormat`. Bedrock has no form for "any JSON object": it is dropped and reported, and what the prompt says of JSON stands.
 * (docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html, seen 2026-11-22.)
 */
export function encodeOutputFormat(
  format: ResponseFormat | undefined,
  traits: ModelTraits,
  crossing: Crossing,
): JsonObject | undefined {
  switch (format?.kind.case) {
    case "jsonObject":
      crossing.changes.drop(parameter, "Bedrock takes a schema or none");
      return undefined;
    case "jsonSchema": {
      const { schemaJson, name, description } = format.kind.value;
      const parsed = parseJson(schemaJson);
      if (!isObject(parsed)) {
        crossing.refuse(parameter, "expected a JSON Schema, which is a JSON object");
        return undefined;
      }
      // Claude wants every object closed.
      const closed = traits.claude === undefined ? parsed : closeObjects(parsed, 0);
      if (closed !== parsed)
        crossing.changes.convert(parameter, "additionalProperties: false added, which the model requires");
      const schema = closed === parsed ? schemaJson : JSON.stringify(closed);
      const jsonSchema = { schema, ...(name !== "" && { name }), ...(description !== "" && { description }) };
      return { type: "json_schema", structure: { jsonSchema } };
    }
    default:
      return undefined;
  }
}
