import type { ChatRequest, ReasoningConfig } from "@sluice/api/sluice/chat/v1/chat_request";
import type { Crossing } from "../anthropic-messages/crossing.ts";
import { encodeThinking } from "../anthropic-messages/encode-thinking.ts";
import { readExtension } from "../extension.ts";
import { outputEffortNote } from "./model-fields.ts";
import type { ModelTraits } from "./model-traits.ts";
import { type Draft, dialectName } from "./wire.ts";

const parameter = "reasoning_effort";

export type EncodedReasoningConfig = {
  /** Of `additionalModelRequestFields`. */
  readonly fields: Draft;
  /** Of `outputConfig`. */
  readonly outputEffort: string | undefined;
  /** Whether Claude thinks: then it takes less else. */
  readonly thinks: boolean;
  /** Whether Nova reasons as hard as it can: then it takes neither limit nor sampling. */
  readonly hardest: boolean;
};

const nothing: EncodedReasoningConfig = { fields: {}, outputEffort: undefined, thinks: false, hardest: false };

/** How hard to reason, in the shape that the model takes. Each bend is reported. */
export function encodeReasoningConfig(
  request: ChatRequest,
  defaultMaxOutputTokens: number,
  traits: ModelTraits,
  crossing: Crossing,
): EncodedReasoningConfig {
  const { reasoning } = request;
  if (reasoning === undefined) return nothing;
  if (traits.claude !== undefined) return encodeClaude(request, defaultMaxOutputTokens, traits.claude, crossing);
  if (traits.reasoning === "none") {
    const off = reasoning.enabled === false || reasoning.effort === "none";
    if (!off) crossing.changes.drop(parameter, "the model is not told how hard to reason");
    return nothing;
  }
  const effort = readEffort(reasoning, traits, crossing);
  if (traits.reasoning === "nova") return encodeNova(effort, request, crossing);
  if (effort === undefined) return nothing;
  const fields = traits.reasoning === "reasoning_effort" ? { reasoning_effort: effort } : { reasoning: { effort } };
  return { ...nothing, fields };
}

function encodeClaude(
  request: ChatRequest,
  defaultMaxOutputTokens: number,
  claude: NonNullable<ModelTraits["claude"]>,
  crossing: Crossing,
): EncodedReasoningConfig {
  // Where the client set no limit, Bedrock's is the model's own, and leaves room for any budget.
  const limit = request.maxOutputTokens ?? Math.max(defaultMaxOutputTokens, (request.reasoning?.budgetTokens ?? 0) + 1);
  const { thinking, effort } = encodeThinking(request, limit, claude, crossing);
  const inOutput = readExtension(request.extensions, dialectName, outputEffortNote) === effort;
  return {
    ...nothing,
    fields: {
      ...(thinking !== undefined && { thinking }),
      ...(effort !== undefined && !inOutput && { output_config: { effort } }),
    },
    outputEffort: inOutput ? effort : undefined,
    thinks: thinking !== undefined && thinking["type"] !== "disabled",
  };
}

/** The effort as the model knows it: the nearest that is not more. Undefined: none is to be told; `off`: it is not to reason. */
function readEffort(
  { enabled, effort, budgetTokens, adaptive }: ReasoningConfig,
  traits: ModelTraits,
  crossing: Crossing,
): string | undefined {
  const { changes } = crossing;
  const off = enabled === false || effort === "none" || budgetTokens === 0;
  if (off) {
    if (traits.reasoning === "nova" || traits.efforts.includes("none")) return "none";
    changes.convert(parameter, "low: the model cannot be kept from reasoning");
    return "low";
  }
  if (traits.efforts.includes(effort)) return effort;
  if (effort === "") {
    if (budgetTokens === undefined && adaptive !== true && enabled !== true) return undefined;
    if (traits.reasoning !== "nova" && budgetTokens === undefined) return undefined;
    changes.convert(parameter, `medium${budgetTokens === undefined ? "" : ": the model takes no budget"}`);
    return "medium";
  }
  const nearest = effort === "minimal" ? "low" : effort === "xhigh" || effort === "max" ? "high" : undefined;
  if (nearest === undefined) changes.drop(parameter, "an effort that the model does not know");
  else changes.convert(parameter, nearest);
  return nearest;
}

function encodeNova(effort: string | undefined, request: ChatRequest, { changes }: Crossing): EncodedReasoningConfig {
  if (effort === undefined) return nothing;
  if (effort === "none") return { ...nothing, fields: { reasoningConfig: { type: "disabled" } } };
  // At its hardest the model takes no limit on output, and what was allowed for the answer must hold.
  const bound = effort === "high" && request.maxOutputTokens !== undefined;
  if (bound) changes.clamp(parameter, "medium: with high the model takes no limit on output");
  const maxReasoningEffort = bound ? "medium" : effort;
  return {
    ...nothing,
    fields: { reasoningConfig: { type: "enabled", maxReasoningEffort } },
    hardest: maxReasoningEffort === "high",
  };
}
