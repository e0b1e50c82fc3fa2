import { create } from "@bufbuild/protobuf";
import { type Finish, FinishReason, FinishSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import type { JsonObject } from "../dialect.ts";
import { arrayOf, isObject, objectOf, stringOf } from "../json.ts";

/** Reasons of `incomplete_details` (types of OpenAI's SDK 7.57.0); `pause_turn` is Anthropic's, told by this dialect's encoder. */
const incompleteReasons: Readonly<Record<string, FinishReason>> = {
  max_output_tokens: FinishReason.LENGTH,
  content_filter: FinishReason.CONTENT_FILTER,
  pause_turn: FinishReason.PAUSE,
};

/**
 * Brings a response's `status` to the hub's vocabulary. One that is complete and calls a tool of the caller's waits for its result. The raw word
 * is the reason of an incomplete one, else the status. No status is no reason: none is made up.
 */
export function decodeFinish(response: JsonObject, callsTool: boolean): Finish {
  const status = (stringOf(response["status"]) ?? "").slice(0, 256);
  switch (status) {
    case "":
      return create(FinishSchema, { reason: FinishReason.UNSPECIFIED });
    case "completed":
      return create(FinishSchema, { reason: callsTool ? FinishReason.TOOL_CALLS : FinishReason.STOP, raw: status });
    case "incomplete": {
      const why = (stringOf(objectOf(response["incomplete_details"])?.["reason"]) ?? "").slice(0, 256);
      const reason = Object.hasOwn(incompleteReasons, why) ? incompleteReasons[why] : undefined;
      return create(FinishSchema, { reason: reason ?? FinishReason.OTHER, raw: why === "" ? status : why });
    }
    default:
      return create(FinishSchema, { reason: FinishReason.OTHER, raw: status });
  }
}

/** Whether a tool of the caller's is called: one whose result is an item of its own. */
export function callsTool(response: JsonObject): boolean {
  return arrayOf(response["output"]).some((item) => isObject(item) && isCall(item));
}

export function isCall(item: JsonObject): boolean {
  return item["type"] === "function_call" || item["type"] === "custom_tool_call";
}

export type EncodedFinish = {
  readonly status: "completed" | "incomplete";
  readonly incomplete_details: { readonly reason: string } | null;
  /** What was lost or bent, for the report. Undefined: nothing. */
  readonly conversion: string | undefined;
};

const completed: EncodedFinish = { status: "completed", incomplete_details: null, conversion: undefined };

/** A response that has come to its end is complete unless something is said to have cut it. */
export function encodeFinish(finish: Finish | undefined): EncodedFinish {
  switch (finish?.reason) {
    case FinishReason.LENGTH:
      return incomplete("max_output_tokens");
    case FinishReason.CONTENT_FILTER:
      return incomplete("content_filter");
    case FinishReason.REFUSAL:
      return incomplete("content_filter", "the model refused");
    case FinishReason.PAUSE:
      return incomplete("pause_turn", "a pause has no word of its own");
    case FinishReason.OTHER:
      return incomplete(finish.raw === "" ? "other" : finish.raw);
    default:
      return completed;
  }
}

function incomplete(reason: string, conversion?: string): EncodedFinish {
  return { status: "incomplete", incomplete_details: { reason }, conversion };
}
