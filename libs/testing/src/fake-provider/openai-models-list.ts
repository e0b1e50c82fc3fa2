import { type Answer, jsonAnswer } from "./answer.ts";
import { OPENAI_MODELS } from "./openai-models.ts";

const CREATED_SECONDS = 1_767_225_600;

/** GET /v1/models, or GET /v1/models/<model>; undefined for a model that is not listed and not added. */
export function answerModels(
  path: string,
  added: readonly string[],
  headers: Readonly<Record<string, string>>,
): Answer | undefined {
  const models = [...OPENAI_MODELS, ...added].map((id) => ({
    id,
    object: "model",
    created: CREATED_SECONDS,
    owned_by: "fake",
  }));
  if (path === "/v1/models") {
    return jsonAnswer(200, { object: "list", data: models }, headers);
  }
  const name = path.slice("/v1/models/".length);
  const model = models.find((listed) => listed.id === name);
  return model === undefined ? undefined : jsonAnswer(200, model, headers);
}
