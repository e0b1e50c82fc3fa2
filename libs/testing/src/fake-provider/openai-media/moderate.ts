import { type Answer, jsonAnswer } from "../answer.ts";
import type { ApiError } from "../api-error.ts";
import type { Exchange } from "../exchange.ts";
import { isObject, type JsonObject, objectsOf, stringOf } from "../json.ts";
import { unknownOpenaiModel } from "../openai-endpoints.ts";
import { invalidType, missing, unknownParameter } from "../openai-invalid.ts";
import { isMediaModel } from "./media-models.ts";

const CATEGORIES = [
  "harassment",
  "harassment/threatening",
  "hate",
  "hate/threatening",
  "illicit",
  "illicit/violent",
  "self-harm",
  "self-harm/instructions",
  "self-harm/intent",
  "sexual",
  "sexual/minors",
  "violence",
  "violence/graphic",
];

/** The answer to POST /v1/moderations: a text has the categories that it names. */
export function moderate(exchange: Exchange): Answer | ApiError {
  const body = exchange.received.json;
  if (!isObject(body)) {
    return invalidType("body", "an object", body);
  }
  const extra = Object.keys(body).find((name) => name !== "input" && name !== "model");
  if (extra !== undefined) {
    return unknownParameter(extra);
  }
  const model = String(body["model"] ?? "omni-moderation-latest");
  if (!isMediaModel("moderation", model, exchange.surroundings)) {
    return unknownOpenaiModel(model);
  }
  const inputs = inputsOf(body["input"]);
  if (inputs === undefined) {
    return body["input"] === undefined ? missing("input") : invalidType("input", "a string or an array", body["input"]);
  }
  const { requestId } = exchange.ids;
  return jsonAnswer(200, { id: `modr-${requestId}`, model, results: inputs.map(judge) }, exchange.headers);
}

/** A text, or several; parts of text and image are one input. */
function inputsOf(input: unknown): readonly string[] | undefined {
  if (typeof input === "string") {
    return [input];
  }
  if (!Array.isArray(input)) {
    return undefined;
  }
  return input.every((entry) => typeof entry === "string")
    ? input.map(String)
    : [
        objectsOf(input)
          .map((part) => stringOf(part["text"]) ?? "")
          .join(" "),
      ];
}

function judge(text: string): JsonObject {
  const named = CATEGORIES.filter((category) => text.toLowerCase().includes(category));
  const of = (value: (category: string) => unknown) =>
    Object.fromEntries(CATEGORIES.map((category) => [category, value(category)]));
  return {
    flagged: named.length > 0,
    categories: of((category) => named.includes(category)),
    category_scores: of((category) => (named.includes(category) ? 0.99 : 0.01)),
    category_applied_input_types: of(() => ["text"]),
  };
}
