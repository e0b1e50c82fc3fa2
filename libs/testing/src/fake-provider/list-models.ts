import { type Answer, jsonAnswer } from "./answer.ts";
import { ANTHROPIC_MODELS } from "./anthropic-models.ts";
import { OPENAI_MODELS } from "./openai-models.ts";

const CREATED_SECONDS = 1_767_225_600;

/** OpenAI's GET /v1/models, or GET /v1/models/<model>; undefined for a model that is not listed and not added. */
export function listOpenaiModels(
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
  return pick(path, models, { object: "list", data: models }, headers);
}

/** Anthropic's GET /v1/models, all on one page, or GET /v1/models/<model>; undefined as above. */
export function listAnthropicModels(
  path: string,
  added: readonly string[],
  headers: Readonly<Record<string, string>>,
): Answer | undefined {
  const models = [...ANTHROPIC_MODELS, ...added].map((id) => ({
    type: "model",
    id,
    display_name: id,
    created_at: "2026-01-01T00:00:00Z",
  }));
  const page = { data: models, has_more: false, first_id: models[0]?.id ?? null, last_id: models.at(-1)?.id ?? null };
  return pick(path, models, page, headers);
}

function pick(
  path: string,
  models: readonly { readonly id: string }[],
  page: unknown,
  headers: Readonly<Record<string, string>>,
): Answer | undefined {
  if (path === "/v1/models") {
    return jsonAnswer(200, page, headers);
  }
  const name = path.slice("/v1/models/".length);
  const model = models.find((listed) => listed.id === name);
  return model === undefined ? undefined : jsonAnswer(200, model, headers);
}
