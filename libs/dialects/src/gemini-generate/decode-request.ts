import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type ChatRequest, ChatRequestSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue, Parsed, RequestAddress } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { isArray, isObject } from "../json.ts";
import { createProblems, type Problems, readBoolean, readString, reportType } from "../request-problem.ts";
import { camelize, messageOf } from "./camel-case.ts";
import { decodeContents } from "./decode-contents.ts";
import { decodeToolConfig, decodeTools } from "./decode-tools.ts";
import { readFacts } from "./facts.ts";
import { keepNested } from "./nested-fields.ts";
import { readInteger, readNumber } from "./read-number.ts";
import { decodeResponseFormat } from "./response-format.ts";
import { decodeThinking } from "./thinking.ts";
import { dialectName, generationConfigFields, requestFields } from "./wire.ts";

const path = "generationConfig.";
const maxUint32 = 4_294_967_295;

/**
 * Reads a whole request. What the hub has no place for is kept as extensions; how schemas and thinking were written is noted, so that the same
 * dialect gets them back in the same form.
 */
export function decodeRequest(body: JsonObject, address?: RequestAddress): Parsed<ChatRequest> {
  const facts = readFacts(body, address);
  if (facts.kind === "invalid") return facts;
  const problems = createProblems();
  const request = camelize(body, "", problems);
  const choice = decodeToolConfig(request["toolConfig"], problems);
  const config = decodeGenerationConfig(request["generationConfig"], problems);
  const labels = readLabels(request["labels"]);
  const init: RequestInit = {
    model: facts.value.model,
    messages: decodeContents(request, problems),
    tools: decodeTools(request["tools"], problems),
    ...(choice.choice === undefined ? {} : { toolChoice: choice.choice }),
    ...config.init,
    serviceTier: readTier(request, problems),
    metadata: labels ?? {},
    extensions: [
      ...keepUnknown(request, requestFields, dialectName),
      ...(labels === undefined && isObject(request["labels"])
        ? [createExtension(dialectName, "labels", request["labels"])]
        : []),
      ...choice.extensions,
      ...config.extensions,
    ],
  };
  if (problems.first !== undefined) return { kind: "invalid", problem: problems.first };
  return { kind: "valid", value: create(ChatRequestSchema, init) };
}

/** Google writes the class of service in lower case; `unspecified` says nothing. */
function readTier(request: JsonObject, problems: Problems): string {
  const tier = readString(problems, request, "serviceTier", "") ?? "";
  return tier === "unspecified" ? "" : tier.slice(0, 64);
}

/** Undefined where it is not a small map of texts, as which the hub has it. */
function readLabels(value: JsonValue | undefined): Record<string, string> | undefined {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length > 64 || !entries.every(([, text]) => typeof text === "string")) return undefined;
  return Object.fromEntries(entries) as Record<string, string>;
}

type RequestInit = Exclude<MessageInitShape<typeof ChatRequestSchema>, ChatRequest>;

type DecodedConfig = {
  readonly init: RequestInit;
  readonly extensions: readonly Extension[];
};

/** How thinking was configured, as it was written. */
export const thinkingNote = "#thinkingConfig";

function decodeGenerationConfig(value: JsonValue | undefined, problems: Problems): DecodedConfig {
  const config = messageOf(value, path, problems);
  if (config === undefined) return { init: {}, extensions: [] };
  const format = decodeResponseFormat(config, path, problems);
  const extensions = [...keepNested("generationConfig", config, generationConfigFields), ...format.extensions];
  const thinking = messageOf(config["thinkingConfig"], `${path}thinkingConfig.`, problems);
  if (thinking !== undefined) extensions.push(createExtension(dialectName, thinkingNote, thinking));
  const integer = (key: string, max = maxUint32) => readInteger(config, key, path, { min: 0, max }, problems);
  const seed = readInteger(config, "seed", path, { min: -(2 ** 31), max: 2 ** 31 - 1 }, problems);
  const init = defined({
    maxOutputTokens: integer("maxOutputTokens"),
    temperature: readNumber(config, "temperature", path, problems),
    topP: readNumber(config, "topP", path, problems),
    topK: integer("topK"),
    frequencyPenalty: readNumber(config, "frequencyPenalty", path, problems),
    presencePenalty: readNumber(config, "presencePenalty", path, problems),
    stopSequences: readTexts(config, "stopSequences", problems),
    seed: seed === undefined ? undefined : BigInt(seed),
    logprobs: readBoolean(problems, config, "responseLogprobs", path),
    topLogprobs: integer("logprobs", 100),
    candidateCount: integer("candidateCount", 128),
    responseFormat: format.format,
    reasoning: thinking === undefined ? undefined : decodeThinking(thinking, problems),
    outputModalities: readTexts(config, "responseModalities", problems)?.map((kind) => kind.toLowerCase()),
  });
  return { init, extensions };
}

/** The members that are there: an unset field of a message is one that was not given. */
function defined(init: { readonly [Key in keyof RequestInit]: RequestInit[Key] | undefined }): RequestInit {
  return Object.fromEntries(Object.entries(init).filter(([, value]) => value !== undefined)) as RequestInit;
}

function readTexts(config: JsonObject, key: string, problems: Problems): string[] | undefined {
  const value = config[key];
  if (value === undefined || value === null) return undefined;
  if (isArray(value) && value.every((text) => typeof text === "string")) return [...value];
  reportType(problems, path + key, "an array of strings", value);
  return undefined;
}
