import { ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import {
  assistant,
  call,
  feature,
  json,
  kindsOf,
  type PartInit,
  partsOf,
  type RequestFeature,
  result,
  results,
  some,
  text,
  user,
  weather,
} from "./request-feature.ts";

/** What a request may say beside its turns and tools, and what earlier turns carry for their makers. */
export const parameterFeatures: readonly RequestFeature[] = [
  feature("limit on output", { maxOutputTokens: 77 }, (request) => request.maxOutputTokens),
  feature("temperature", { temperature: 0.5 }, (request) => request.temperature),
  feature("top_p", { topP: 0.5 }, (request) => request.topP),
  feature("top_k", { topK: 40 }, (request) => request.topK),
  feature("frequency penalty", { frequencyPenalty: 0.5 }, (request) => request.frequencyPenalty),
  feature("presence penalty", { presencePenalty: 0.5 }, (request) => request.presencePenalty),
  feature("stop sequences", { stopSequences: ["END"] }, (request) => some(request.stopSequences)),
  feature("seed", { seed: 7n }, (request) => request.seed),
  feature("logit bias", { logitBias: { "50256": -100 } }, (request) =>
    Object.keys(request.logitBias).length === 0 ? undefined : request.logitBias,
  ),
  feature("log probabilities", { logprobs: true, topLogprobs: 2 }, (request) =>
    request.logprobs ? request.topLogprobs : undefined,
  ),
  feature("several answers", { candidateCount: 2 }, (request) => (request.candidateCount === 2 ? 2 : undefined)),
  feature("JSON mode", { responseFormat: { kind: { case: "jsonObject", value: {} } } }, (request) =>
    request.responseFormat?.kind.case === "jsonObject" ? true : undefined,
  ),
  feature(
    "JSON schema",
    {
      responseFormat: {
        kind: {
          case: "jsonSchema",
          value: {
            name: "answer",
            schemaJson:
              '{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}',
          },
        },
      },
    },
    (request) =>
      request.responseFormat?.kind.case === "jsonSchema"
        ? (json(request.responseFormat.kind.value.schemaJson) as { properties?: unknown }).properties
        : undefined,
  ),
  feature(
    "effort of reasoning",
    { reasoning: { effort: "high" } },
    (request) => request.reasoning?.effort || undefined,
  ),
  feature(
    "budget of reasoning",
    { maxOutputTokens: 9_000, reasoning: { enabled: true, budgetTokens: 4_096 } },
    (request) => request.reasoning?.budgetTokens,
  ),
  feature(
    "reasoning of earlier turns, unsigned",
    {
      messages: [
        user(text("Hi")),
        assistant({ kind: { case: "reasoning", value: { text: "Hm" } } }, text("Ho")),
        user(text("?")),
      ],
    },
    (request) => some(kindsOf(request, "reasoning").map((part) => part.text)),
  ),
  feature(
    "reasoning signed by Anthropic",
    {
      messages: [
        user(text("Hi")),
        assistant(
          { kind: { case: "reasoning", value: { text: "Hm", signature: "c2lnbmVk", signer: "anthropic" } } },
          text("Ho"),
        ),
        user(text("?")),
      ],
    },
    (request) =>
      some(
        kindsOf(request, "reasoning")
          .filter(({ signature }) => signature !== "")
          .map((part) => [part.text, part.signature, part.signer]),
      ),
  ),
  feature(
    "reasoning hidden by Anthropic",
    {
      messages: [
        user(text("Hi")),
        assistant(
          { kind: { case: "reasoning", value: { redactedData: "aGlkZGVu", signer: "anthropic" } } },
          text("Ho"),
        ),
        user(text("?")),
      ],
    },
    (request) =>
      some(
        kindsOf(request, "reasoning")
          .filter(({ redactedData }) => redactedData !== "")
          .map((part) => [part.redactedData, part.signer]),
      ),
  ),
  feature(
    "reasoning encrypted by OpenAI",
    {
      messages: [
        user(text("Hi")),
        assistant(
          {
            kind: {
              case: "reasoning",
              value: { text: "Hm", summary: true, redactedData: "Z0FBQUFB", signer: "openai", id: "rs_1" },
            },
          },
          text("Ho"),
        ),
        user(text("?")),
      ],
    },
    (request) =>
      some(
        kindsOf(request, "reasoning")
          .filter(({ redactedData }) => redactedData !== "")
          .map((part) => [part.redactedData, part.signer]),
      ),
  ),
  feature(
    "tool call signed by Google",
    {
      tools: [weather],
      messages: [
        user(text("Weather?")),
        assistant(call("call_1", "Oslo", { signature: "c2lnbmVk", signer: "google" })),
        results(result("call_1", text("snow"))),
      ],
    },
    (request) =>
      some(
        kindsOf(request, "toolCall")
          .filter(({ signature }) => signature !== "")
          .map((part) => [part.signature, part.signer]),
      ),
  ),
  feature(
    "prompt cache marks",
    { messages: [user({ ...text("Long"), cacheControl: {} } as PartInit, text("Hi"))] },
    (request) => some(partsOf(request).flatMap(({ cacheControl }) => (cacheControl === undefined ? [] : [true]))),
  ),
  feature("end user", { endUser: "ada" }, (request) => request.endUser || undefined),
  feature(
    "class of service",
    (own) => ({ serviceTier: own === "anthropic.messages" ? "standard_only" : "priority" }),
    (request) => request.serviceTier || undefined,
  ),
  feature("labels (metadata)", { metadata: { app: "notes" } }, (request) =>
    Object.keys(request.metadata).length === 0 ? undefined : request.metadata,
  ),
  feature("sound asked for", { outputModalities: ["text", "audio"] }, (request) =>
    request.outputModalities.includes("audio") ? true : undefined,
  ),
  feature(
    "custom tool's call and result",
    {
      tools: [{ kind: { case: "custom", value: { name: "patch" } } }],
      messages: [
        user(text("Fix")),
        assistant({
          kind: {
            case: "toolCall",
            value: { id: "call_1", tool: "patch", arguments: "*** a", toolKind: ToolCallKind.CUSTOM },
          },
        }),
        results({
          kind: { case: "toolResult", value: { toolCallId: "call_1", tool: "patch", content: [text("ok") as never] } },
        }),
      ],
    },
    (request) =>
      some(
        kindsOf(request, "toolCall")
          .filter(({ toolKind }) => toolKind === ToolCallKind.CUSTOM)
          .map((part) => part.arguments),
      ),
  ),
];
