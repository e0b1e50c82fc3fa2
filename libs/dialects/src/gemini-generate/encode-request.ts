import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import { refuseBoundParameter } from "../bound-parameter.ts";
import { sendCustomToolsAsFunctions } from "../custom-tool-as-function.ts";
import type { EncodedRequest, EncodeRequestOptions } from "../dialect.ts";
import { readExtension } from "../extension.ts";
import { leaveOutForeignTools } from "../foreign-tools.ts";
import { isObject } from "../json.ts";
import { isWebSearch, liftWebSearchOptions } from "../web-search.ts";
import { type Crossing, createCrossing } from "./crossing.ts";
import { thinkingNote } from "./decode-request.ts";
import { callingConfigField } from "./decode-tools.ts";
import { encodeContents } from "./encode-contents.ts";
import { encodeSampling } from "./encode-sampling.ts";
import { encodeTools, hasFunctions } from "./encode-tools.ts";
import { readModelTraits } from "./model-traits.ts";
import { restoreFields } from "./nested-fields.ts";
import { encodeResponseFormat } from "./response-format.ts";
import { encodeThinking } from "./thinking.ts";
import { type Draft, dialectName, generationConfigFields, requestFields } from "./wire.ts";

/**
 * The request for Google. The model, and whether the answer is streamed, stand in the path, which the caller writes; `defaultMaxOutputTokens` is
 * not used, as Google requires no limit. Parameters are named in the report as OpenAI names them where they came from another dialect.
 */
export function encodeRequest(request: ChatRequest, options: EncodeRequestOptions): EncodedRequest {
  const bound = refuseBoundParameter(request, dialectName);
  if (bound !== undefined) return bound;
  const crossing = createCrossing();
  const { request: sent, customTools } = sendCustomToolsAsFunctions(
    leaveOutForeignTools(liftWebSearchOptions(request), dialectName, isWebSearch, crossing.changes),
    crossing.changes,
  );
  const traits = readModelTraits(options.model);
  const { contents, systemInstruction, cachedContent } = encodeContents(sent.messages, traits, crossing);
  const body: Draft = {
    contents: contents as EncodedBody[],
    ...(systemInstruction !== undefined && { systemInstruction: systemInstruction as EncodedBody }),
    ...(cachedContent !== undefined && { cachedContent }),
  };
  encodeTools(sent, traits, body, crossing);
  const config: Draft = encodeSampling(sent, traits, crossing);
  encodeResponseFormat(sent, traits, hasFunctions(sent), config, crossing);
  const written = readExtension(sent.extensions, dialectName, thinkingNote);
  const thinking = encodeThinking(
    sent.reasoning,
    isObject(written) ? written : undefined,
    traits.thinking,
    crossing.changes,
  );
  if (thinking !== undefined) config["thinkingConfig"] = thinking;
  if (Object.keys(config).length > 0) body["generationConfig"] = config as EncodedBody;
  encodeLabels(sent, body, crossing);
  encodeServiceTier(sent.serviceTier, body, crossing);
  if (sent.endUser !== "") crossing.changes.drop("user", "Google has no place for the application's user");
  const others = sent.extensions.filter(
    ({ dialect, field }) => dialect !== dialectName || field !== callingConfigField,
  );
  restoreFields(others, heads, body, reserved, crossing.changes);
  const { refusal } = crossing;
  if (refusal !== undefined) return { kind: "refused", ...refusal };
  const custom = customTools.length === 0 ? {} : { customTools };
  return { kind: "encoded", body, changes: crossing.changes.list(), ...custom };
}

type EncodedBody = Extract<EncodedRequest, { kind: "encoded" }>["body"];

/** A type of answer that the hub does not know (`text/x.enum`) comes back with its schema; it costs nothing more. */
const formatFields: ReadonlySet<string> = new Set(["responseMimeType", "responseSchema", "responseJsonSchema"]);

const heads = {
  generationConfig: new Set([...generationConfigFields].filter((field) => !formatFields.has(field))),
  toolConfig: new Set(["functionCallingConfig"]),
};

/** Labels that are no map of texts come back as they were. */
const reserved: ReadonlySet<string> = new Set([...requestFields].filter((field) => field !== "labels"));

const labelKey = /^[a-z][a-z0-9_-]{0,62}$/;
const labelValue = /^[a-z0-9_-]{0,63}$/;

/** Google's labels are short, of lower-case letters, digits, dashes and underscores; what is not is left out. */
function encodeLabels(request: ChatRequest, body: Draft, { changes }: Crossing): void {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(request.metadata)) {
    if (labelKey.test(key) && labelValue.test(value)) labels[key] = value;
    else changes.drop(`metadata.${key.slice(0, 64)}`, "no label as Google takes it");
  }
  if (Object.keys(labels).length > 0) body["labels"] = labels;
}

/** Google's words are `standard`, `flex` and `priority` (types of `@google/genai` 3.1.0, seen 2026-11-22). */
function encodeServiceTier(tier: string, body: Draft, { changes }: Crossing): void {
  switch (tier) {
    case "":
      return;
    case "standard":
    case "flex":
    case "priority":
      body["serviceTier"] = tier;
      return;
    case "default":
    case "standard_only":
      changes.convert("service_tier", "standard");
      body["serviceTier"] = "standard";
      return;
    case "auto":
      changes.convert("service_tier", "left out: Google's own default");
      return;
    default:
      changes.drop("service_tier", "a class of service that Google does not know");
  }
}
