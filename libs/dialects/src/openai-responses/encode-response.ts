import type { ChatResponse } from "@sluice/api/sluice/chat/v1/chat_response";
import type { EncodedResponse, EncodeResponseOptions, JsonObject } from "../dialect.ts";
import { reportForeignExtensions, restoreExtensions } from "../extension.ts";
import { createChanges } from "../parameter-change.ts";
import { createOutputContext, encodeOutput } from "./encode-output.ts";
import { encodeFinish } from "./finish-status.ts";
import { createLogprobsQueue } from "./logprobs.ts";
import { encodeCreated, writeRepeated } from "./response-object.ts";
import { encodeUsage } from "./usage.ts";
import { type Draft, dialectName, repeatedFields, responseFields } from "./wire.ts";

/** Writes a whole answer for a client. There is one: further candidates are left out and reported. */
export function encodeResponse(response: ChatResponse, options: EncodeResponseOptions): EncodedResponse {
  const changes = createChanges();
  const candidate = response.candidates.find(({ index }) => index === 0) ?? response.candidates[0];
  if (response.candidates.length > 1) {
    changes.drop("candidates", `${response.candidates.length - 1} further answers: openai.responses has one`);
  }
  const id = response.id === "" ? options.fallbackId : response.id;
  const logprobs = createLogprobsQueue(candidate?.logprobsJson);
  const context = createOutputContext(id, changes, logprobs);
  const output = encodeOutput(candidate?.parts ?? [], context);
  const { conversion, ...finish } = encodeFinish(candidate?.finish);
  if (conversion !== undefined) changes.convert("status", conversion);
  if (candidate?.finish?.stopSequence !== undefined)
    changes.drop("stop_sequence", "a response does not say which was met");
  if (response.systemFingerprint !== "") changes.drop("system_fingerprint", "a response has none");
  if (candidate !== undefined) reportForeignExtensions(candidate.extensions, dialectName, changes);
  const body: Draft = {
    id,
    object: "response",
    created_at: encodeCreated(response.createTime, options),
    ...finish,
    model: response.model,
    output,
    ...writeRepeated(response.extensions, options),
    usage: encodeUsage(response.usage, response.usageJson),
  };
  if (response.serviceTier !== "") body["service_tier"] = encodeServiceTier(response.serviceTier);
  if (finish.status === "incomplete") closeUnfinished(output, body);
  restoreExtensions(response.extensions, dialectName, body, governedFields, changes);
  return { body: body as JsonObject, changes: changes.list() };
}

export const governedFields: ReadonlySet<string> = new Set([...responseFields, ...repeatedFields]);

/** Anthropic's `standard` is OpenAI's `default`; other words stand. */
export function encodeServiceTier(tier: string): string {
  return tier === "standard" ? "default" : tier;
}

/** What was cut off is the last item: it is not complete either. */
function closeUnfinished(output: readonly JsonObject[], body: Draft): void {
  const last = output.at(-1);
  if (last?.["status"] !== "completed") return;
  body["output"] = [...output.slice(0, -1), { ...last, status: "incomplete" }];
}
