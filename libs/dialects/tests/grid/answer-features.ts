import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type Candidate,
  type ChatResponse,
  ChatResponseSchema,
  FinishReason,
} from "@sluice/api/sluice/chat/v1/chat_response";
import { type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { text } from "./request-feature.ts";

/** Something that an answer may say. */
export type AnswerFeature = {
  readonly name: string;
  readonly answer: () => ChatResponse;
  /** What an answer says of it, in a form that is equal where it is the same. Undefined: nothing. */
  readonly probe: (answer: ChatResponse) => unknown;
};

type Init = MessageInitShape<typeof ChatResponseSchema>;
type CandidateInit = NonNullable<Init["candidates"]>[number];
type PartInit = NonNullable<Extract<CandidateInit, { parts?: unknown }>["parts"]>[number];

const finish = (reason: FinishReason, raw = "") => ({ reason, raw });
const stop = finish(FinishReason.STOP);

/** An answer that says nothing in particular. */
const plain: Init = {
  id: "answer_1",
  model: "model-1",
  candidates: [{ index: 0, parts: [text("Hello")], finish: stop }],
  usage: { inputTokens: 10, outputTokens: 5 },
};

function feature(name: string, init: Init, probe: AnswerFeature["probe"]): AnswerFeature {
  return {
    name,
    answer: () => create(ChatResponseSchema, { ...plain, ...init } as Init),
    probe,
  };
}

const said = (...parts: PartInit[]): Init => ({ candidates: [{ index: 0, parts, finish: stop }] });
const calling = (...parts: PartInit[]): Init => ({
  candidates: [{ index: 0, parts, finish: finish(FinishReason.TOOL_CALLS) }],
});
const ended = (reason: FinishReason): Init => ({
  candidates: [{ index: 0, parts: [text("Hello")], finish: finish(reason) }],
});
const first = (answer: ChatResponse): Candidate | undefined => answer.candidates[0];
const kindsOf = <K extends Part["kind"]["case"]>(answer: ChatResponse, kind: K) =>
  (first(answer)?.parts ?? []).flatMap((part) =>
    part.kind.case === kind ? [part.kind.value as Extract<Part["kind"], { case: K }>["value"]] : [],
  );
const some = <T>(values: readonly T[]): readonly T[] | undefined => (values.length === 0 ? undefined : values);
const parsed = (value: string): unknown => (value.trim() === "" ? {} : JSON.parse(value));
const callsOf = (answer: ChatResponse) =>
  some(
    kindsOf(answer, "toolCall")
      .filter(({ toolKind }) => toolKind === ToolCallKind.UNSPECIFIED)
      .map((each) => [each.tool, parsed(each.arguments)]),
  );
const call = (id: string, args: string, more: object = {}): PartInit => ({
  kind: { case: "toolCall", value: { id, tool: "get_weather", arguments: args, ...more } },
});
const reasoning = (value: object): PartInit => ({ kind: { case: "reasoning", value } });
const signedBy = (signer: string) => said(reasoning({ text: "Hm", signature: "c2lnbmVk", signer }), text("Hello"));
const signatures = (answer: ChatResponse) =>
  some(
    kindsOf(answer, "reasoning")
      .filter(({ signature, redactedData }) => signature !== "" || redactedData !== "")
      .map((part) => [part.signature || part.redactedData, part.signer]),
  );
const finishOf = (answer: ChatResponse) => first(answer)?.finish?.reason;

export const answerFeatures: readonly AnswerFeature[] = [
  feature("text", {}, (answer) =>
    kindsOf(answer, "text")
      .map((part) => part.text)
      .join(""),
  ),
  feature(
    "refusal",
    {
      candidates: [
        {
          index: 0,
          parts: [{ kind: { case: "refusal", value: { text: "No" } } }],
          finish: finish(FinishReason.REFUSAL),
        },
      ],
    },
    (answer) =>
      kindsOf(answer, "refusal")
        .map((part) => part.text)
        .join("") || undefined,
  ),
  feature("tool call", calling(call("call_1", '{"city":"Oslo"}')), callsOf),
  feature(
    "parallel tool calls",
    calling(call("call_1", '{"city":"Oslo"}'), call("call_2", '{"city":"Rome"}')),
    callsOf,
  ),
  feature("tool call without arguments", calling(call("call_1", "{}")), callsOf),
  feature("text before a tool call", calling(text("Let me see"), call("call_1", '{"city":"Oslo"}')), (answer) => [
    kindsOf(answer, "text").map((part) => part.text),
    callsOf(answer),
  ]),
  feature(
    "reasoning",
    said(reasoning({ text: "Hm" }), text("Hello")),
    (answer) =>
      kindsOf(answer, "reasoning")
        .map((part) => part.text)
        .join("") || undefined,
  ),
  feature("reasoning signed by Anthropic", signedBy("anthropic"), signatures),
  feature(
    "reasoning hidden by Anthropic",
    said(reasoning({ redactedData: "aGlkZGVu", signer: "anthropic" }), text("Hello")),
    signatures,
  ),
  feature(
    "reasoning encrypted by OpenAI",
    said(
      reasoning({ text: "Hm", summary: true, redactedData: "Z0FBQUFB", signer: "openai", id: "rs_1" }),
      text("Hello"),
    ),
    signatures,
  ),
  feature(
    "tool call signed by Google",
    calling(call("call_1", '{"city":"Oslo"}', { signature: "c2lnbmVk", signer: "google" })),
    (answer) =>
      some(
        kindsOf(answer, "toolCall")
          .filter(({ signature }) => signature !== "")
          .map((part) => [part.signature, part.signer]),
      ),
  ),
  feature(
    "citation of a page",
    said({
      kind: {
        case: "text",
        value: {
          text: "Hello",
          citations: [{ url: "https://example.com", title: "Example", startIndex: 0, endIndex: 5 }],
        },
      },
    }),
    (answer) =>
      some(
        kindsOf(answer, "text").flatMap(({ citations }) =>
          citations.filter(({ url }) => url !== "").map(({ url }) => url),
        ),
      ),
  ),
  feature(
    "log probabilities",
    {
      candidates: [
        {
          index: 0,
          parts: [text("Hello")],
          finish: stop,
          logprobsJson: '{"content":[{"token":"Hello","logprob":-0.5,"bytes":[72,101,108,108,111],"top_logprobs":[]}]}',
        },
      ],
    },
    (answer) => {
      const told = first(answer)?.logprobsJson;
      return told
        ? (JSON.parse(told) as { content: { token: string; logprob: number }[] }).content.map(({ token, logprob }) => [
            token,
            logprob,
          ])
        : undefined;
    },
  ),
  feature(
    "several answers",
    {
      candidates: [
        { index: 0, parts: [text("A")], finish: stop },
        { index: 1, parts: [text("B")], finish: stop },
      ],
    },
    (answer) => (answer.candidates.length === 2 ? 2 : undefined),
  ),
  feature("finish: stop", ended(FinishReason.STOP), finishOf),
  feature("finish: limit on output", ended(FinishReason.LENGTH), finishOf),
  feature("finish: filtered", ended(FinishReason.CONTENT_FILTER), finishOf),
  feature(
    "stop sequence that was met",
    { candidates: [{ index: 0, parts: [text("Hello")], finish: { reason: FinishReason.STOP, stopSequence: "END" } }] },
    (answer) => first(answer)?.finish?.stopSequence || undefined,
  ),
  feature("usage", { usage: { inputTokens: 10, outputTokens: 5 } }, ({ usage }) => [
    usage?.inputTokens,
    usage?.outputTokens,
  ]),
  feature("usage not reported", { usage: undefined as never }, ({ usage }) =>
    usage?.inputTokens === undefined && usage?.outputTokens === undefined ? "absent" : "made up",
  ),
  feature(
    "usage: read from the prompt cache",
    { usage: { inputTokens: 10, outputTokens: 5, cacheReadInputTokens: 4 } },
    ({ usage }) => usage?.cacheReadInputTokens || undefined,
  ),
  feature(
    "usage: written to the prompt cache",
    { usage: { inputTokens: 10, outputTokens: 5, cacheWriteInputTokens: 4 } },
    ({ usage }) => usage?.cacheWriteInputTokens || undefined,
  ),
  feature(
    "usage: reasoning",
    { usage: { inputTokens: 10, outputTokens: 5, reasoningOutputTokens: 3 } },
    ({ usage }) => usage?.reasoningOutputTokens || undefined,
  ),
  feature(
    "usage: sound",
    { usage: { inputTokens: 10, outputTokens: 5, audioInputTokens: 4 } },
    ({ usage }) => usage?.audioInputTokens || undefined,
  ),
  feature("system fingerprint", { systemFingerprint: "fp_1" }, (answer) => answer.systemFingerprint || undefined),
  feature("class of service", { serviceTier: "priority" }, (answer) => answer.serviceTier || undefined),
];
