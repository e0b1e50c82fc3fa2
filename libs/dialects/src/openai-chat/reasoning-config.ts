import { create, equals } from "@bufbuild/protobuf";
import { type ReasoningConfig, ReasoningConfigSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, readExtension } from "../extension.ts";
import { isObject, uint32Of } from "../json.ts";
import { readAskedEffort } from "../openai-models/asked-effort.ts";
import { chooseEffort, type ModelTraits } from "../openai-models/model-traits.ts";
import type { Changes } from "../parameter-change.ts";
import { type Problems, readObject, readString } from "../request-problem.ts";
import { dialectName } from "./wire.ts";

export type DecodedReasoningConfig = {
  readonly config: ReasoningConfig | undefined;
  readonly extensions: readonly Extension[];
};

/** Reads `reasoning_effort`, and OpenRouter's `reasoning: {effort, max_tokens, enabled}`, which is noted as it came. */
export function decodeReasoningConfig(body: JsonObject, problems: Problems): DecodedReasoningConfig {
  const effort = readString(problems, body, "reasoning_effort", "");
  const object = readObject(problems, body, "reasoning", "");
  const config = readConfig(effort, object);
  if (object === undefined) return { config, extensions: [] };
  const field = Object.keys(object).every((key) => objectFields.has(key)) ? "#reasoning" : "reasoning";
  const extensions = [createExtension(dialectName, field, object)];
  if (effort !== undefined) extensions.push(createExtension(dialectName, "#reasoning_effort", effort));
  return { config, extensions };
}

const objectFields: ReadonlySet<string> = new Set(["effort", "max_tokens", "enabled", "summary"]);

function readConfig(effort: string | undefined, object: JsonObject | undefined): ReasoningConfig | undefined {
  if (effort === undefined && object === undefined) return undefined;
  const word = effort ?? (typeof object?.["effort"] === "string" ? object["effort"] : "");
  const enabled = object?.["enabled"];
  const budgetTokens = uint32Of(object?.["max_tokens"]);
  const summary = object?.["summary"];
  return create(ReasoningConfigSchema, {
    effort: word.slice(0, 32),
    ...(typeof enabled === "boolean" ? { enabled } : {}),
    ...(budgetTokens === undefined ? {} : { budgetTokens }),
    ...(typeof summary === "string" ? { summary: summary.slice(0, 32) } : {}),
  });
}

/**
 * Writes the configuration as it came where it came from this dialect and is unchanged, else as `reasoning_effort`, in the nearest word that
 * the model takes.
 */
export function encodeReasoningConfig(
  config: ReasoningConfig | undefined,
  extensions: readonly Extension[],
  traits: ModelTraits,
  target: Record<string, JsonValue | undefined>,
  changes: Changes,
): void {
  if (config === undefined) return;
  const object =
    readExtension(extensions, dialectName, "#reasoning") ?? readExtension(extensions, dialectName, "reasoning");
  const effort = readExtension(extensions, dialectName, "#reasoning_effort");
  const writtenEffort = typeof effort === "string" ? effort : undefined;
  if (isObject(object)) {
    const written = readConfig(writtenEffort, object);
    if (written !== undefined && equals(ReasoningConfigSchema, written, config)) {
      target["reasoning"] = object;
      if (writtenEffort !== undefined) target["reasoning_effort"] = writtenEffort;
      return;
    }
  }
  if (config.summary !== "") changes.drop("reasoning.summary", "this dialect has no choice of how reasoning is shown");
  const asked = readAskedEffort(config);
  if (asked === undefined) {
    if (config.adaptive === true) changes.convert("thinking", "adaptive: the model's own default applies");
    else if (config.enabled === true) changes.convert("thinking", "enabled: the model's own default applies");
    return;
  }
  if (traits.efforts?.length === 0) {
    if (asked.word !== "none") changes.drop(asked.parameter, "the model does not reason");
    return;
  }
  const word = traits.efforts === undefined ? asked.word : chooseEffort(asked.word, traits.efforts);
  if (word !== asked.value) changes.convert(asked.parameter, `${asked.value} is sent as reasoning_effort ${word}`);
  if (config.budgetTokens !== undefined && asked.parameter !== "thinking.budget_tokens") {
    changes.drop("thinking.budget_tokens", `reasoning_effort ${word} says how much`);
  }
  target["reasoning_effort"] = word;
}
