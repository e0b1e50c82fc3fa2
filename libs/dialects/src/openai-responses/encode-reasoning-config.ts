import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import type { JsonObject } from "../dialect.ts";
import { readAskedEffort } from "../openai-models/asked-effort.ts";
import { chooseEffort, type ModelTraits } from "../openai-models/model-traits.ts";
import type { Changes } from "../parameter-change.ts";
import { restoreNested } from "./nested-fields.ts";
import type { Draft } from "./wire.ts";

/** Ways to show reasoning. Anthropic's `summarized` is what `auto` gives. */
const summaries: ReadonlySet<string> = new Set(["auto", "concise", "detailed"]);

/**
 * Writes `reasoning`: how much, in the nearest word that the model takes, and how it is shown. A client that turned thinking on in a dialect where
 * that shows it is shown a summary.
 */
export function encodeReasoningConfig(request: ChatRequest, traits: ModelTraits, body: Draft, changes: Changes): void {
  const reasoning: Draft = {};
  const { reasoning: config } = request;
  const isPlain = traits.efforts?.length === 0;
  if (config !== undefined) {
    const asked = readAskedEffort(config);
    if (asked !== undefined && isPlain) {
      if (asked.word !== "none") changes.drop(asked.parameter, "the model does not reason");
    } else if (asked !== undefined) {
      const word = traits.efforts === undefined ? asked.word : chooseEffort(asked.word, traits.efforts);
      if (word !== asked.value) changes.convert(asked.parameter, `${asked.value} is sent as reasoning.effort ${word}`);
      if (config.budgetTokens !== undefined && asked.parameter !== "thinking.budget_tokens") {
        changes.drop("thinking.budget_tokens", `reasoning.effort ${word} says how much`);
      }
      reasoning["effort"] = word;
    } else if (config.adaptive === true) {
      changes.convert("thinking", "adaptive: the model's own default applies");
    } else if (config.enabled === true) {
      changes.convert("thinking", "enabled: the model's own default applies");
    }
    const summary = chooseSummary(config.summary, config.enabled === true);
    if (summary !== undefined && isPlain) {
      if (config.enabled !== true) changes.drop("reasoning.summary", "the model does not reason");
    } else if (summary !== undefined) {
      if (summary !== config.summary) changes.convert("thinking", `shown as reasoning.summary ${summary}`);
      reasoning["summary"] = summary;
    } else if (config.summary !== "" && config.summary !== "omitted") {
      changes.drop("reasoning.summary", `${config.summary} is no way to show reasoning here`);
    }
  }
  restoreNested("reasoning.", request, reasoning);
  if (Object.keys(reasoning).length > 0) body["reasoning"] = reasoning as JsonObject;
}

function chooseSummary(summary: string, isOn: boolean): string | undefined {
  if (summaries.has(summary)) return summary;
  return summary === "summarized" || (summary === "" && isOn) ? "auto" : undefined;
}
