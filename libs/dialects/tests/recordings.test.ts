import { equals } from "@bufbuild/protobuf";
import type { ChatResponse } from "@sluice/api/sluice/chat/v1/chat_response";
import { ChatResponseSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import { type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { StreamEventSchema } from "@sluice/api/sluice/chat/v1/stream_event";
import { listRecordings, type Recording, readRecording, recordingsAvailable } from "@sluice/testing";
import { describe, expect, test } from "vitest";
import { collectResponse } from "../src/collect-response.ts";
import type { Dialect, JsonObject, JsonValue } from "../src/dialect.ts";
import { dialectByName, dialects } from "../src/dialects.ts";
import { explodeResponse } from "../src/explode-response.ts";
import { findStreamFaults } from "../src/stream-invariants.ts";
import { type OpenaiReply, readReply, readStreamReply } from "./openai-reply.ts";
import {
  cutBytes,
  cutRandomly,
  decodeStream,
  encodeStream,
  readEvents,
  readSse,
  skimStream,
  tapStream,
} from "./streams.ts";

const recordings = recordingsAvailable() ? listRecordings().filter(({ api }) => dialectByName(api) !== undefined) : [];
const streams = recordings.filter(({ stream, status }) => stream && status === 200);
const bodies = recordings.filter(({ stream, status }) => !stream && status === 200);
const errors = recordings.filter(({ status }) => status !== 200);
const options = { fallbackId: "fallback-id", fallbackCreatedSeconds: 1_790_000_000 };

function dialectOf(recording: Recording): Dialect {
  const dialect = dialectByName(recording.api);
  if (dialect === undefined) throw new Error(`no dialect ${recording.api}`);
  return dialect;
}

function parse(text: string): JsonValue {
  return JSON.parse(text) as JsonValue;
}

/** Without the order of `usage`, which means nothing, and the note by which of two names reasoning was told. */
function comparable(response: ChatResponse) {
  const candidates = response.candidates.map((candidate) => ({
    ...candidate,
    parts: candidate.parts.map((part) => ({
      ...part,
      extensions: part.extensions.filter(({ field }) => field !== "#reasoning"),
    })),
  }));
  return { ...response, candidates, usageJson: response.usageJson === "" ? undefined : parse(response.usageJson) };
}

function isPlan(part: Part): boolean {
  return part.extensions.some(({ field }) => field === "#tool_plan");
}

/** What the hub's form says, in the terms of a meta file. */
function summarize(response: ChatResponse) {
  const candidate = response.candidates[0];
  const parts = candidate?.parts ?? [];
  const calls = parts.flatMap(({ kind }) => (kind.case === "toolCall" ? [kind.value] : []));
  const reasoning = parts.flatMap(({ kind }) => (kind.case === "reasoning" ? [kind.value] : []));
  const texts = parts.flatMap(({ kind }) => (kind.case === "text" ? [kind.value] : []));
  return {
    text: texts.map(({ text }) => text).join(""),
    reasoning: reasoning.map(({ text }) => text).join(""),
    plan: parts
      .flatMap((part) => (isPlan(part) && part.kind.case === "reasoning" ? [part.kind.value.text] : []))
      .join(""),
    calls: calls.filter(({ toolKind }) => toolKind !== ToolCallKind.SERVER),
    serverCalls: calls.filter(({ toolKind }) => toolKind === ToolCallKind.SERVER),
    signatures: [...reasoning, ...calls, ...texts].filter(({ signature }) => signature !== "").length,
    redacted: reasoning.filter(({ redactedData }) => redactedData !== "").length,
    citations: texts.flatMap(({ citations }) => citations).length,
    finish: candidate?.finish,
    logprobs: candidate?.logprobsJson ?? "",
  };
}

/** Calls of tools that take free text. */
function customCalls({ expect: said }: Recording) {
  const calls = (said.custom_tool_calls ?? []) as readonly { readonly name: string; readonly input: string }[];
  return calls.map(({ name, input }) => ({ name, arguments: input }));
}

function expectAsRecorded(response: ChatResponse, recording: Recording): void {
  const { expect: said } = recording;
  const found = summarize(response);
  expect(found.text).toBe(said.text ?? "");
  // Cohere's plan is told as reasoning, and noted as what it is.
  expect(found.reasoning).toBe((said.reasoning ?? "") + (said.tool_plan ?? ""));
  expect(found.plan).toBe(said.tool_plan ?? "");
  const functionCall = said.function_call;
  const calls = functionCall === undefined ? (said.tool_calls ?? []) : [functionCall];
  const told = found.calls.map(({ tool, arguments: input, toolKind }) => ({
    name: tool,
    arguments: toolKind === ToolCallKind.CUSTOM ? input : parse(input),
  }));
  expect(told).toEqual([
    ...calls.map(({ name, arguments: input }) => ({ name, arguments: input })),
    ...customCalls(recording),
  ]);
  for (const [index, call] of (said.tool_calls ?? []).entries()) {
    if (typeof call.id === "string") expect(found.calls[index]?.id).toBe(call.id);
  }
  // Of code that Google ran, the meta file has the number alone.
  if (said["executable_code"] !== undefined) expect(found.serverCalls).toHaveLength(said["executable_code"] as number);
  else {
    expect(found.serverCalls.map(({ tool, arguments: input }) => ({ name: tool, arguments: parse(input) }))).toEqual(
      (said.server_tool_calls ?? []).map(({ name, arguments: input }) => ({ name, arguments: input })),
    );
  }
  expect(found.finish?.raw ?? "").toBe(said.finish_reason ?? "");
  expect(found.finish?.stopSequence ?? null).toBe(said.stop_sequence ?? null);
  if (said.signatures !== undefined) expect(found.signatures).toBe(said.signatures);
  if (said.citations !== undefined) expect(found.citations).toBe(said.citations);
  if (said.annotations !== undefined) expect(found.citations).toBe(said.annotations);
  const redacted =
    said.redacted_blocks ?? (said.block_types ?? []).filter((type) => type === "redacted_thinking").length;
  if (said.block_types !== undefined) expect(found.redacted).toBe(redacted);
  if (said.logprob_tokens !== undefined) {
    const logprobs = parse(found.logprobs) as { readonly content: readonly unknown[] };
    expect(logprobs.content).toHaveLength(said.logprob_tokens);
  }
  expectUsage(response, recording);
}

function expectUsage(response: ChatResponse, recording: Recording): void {
  const said = recording.expect.usage;
  const { usage } = response;
  if (said === null || said === undefined || typeof said === "number") {
    expect(usage).toBeUndefined();
    return;
  }
  const excluded = /^(?:anthropic|bedrock)\./.test(recording.api)
    ? (said.cache_read ?? 0) + (said.cache_write ?? 0)
    : 0;
  // Google counts what its tools read beside the prompt; the hub within.
  const read = said.tool_use_prompt ?? 0;
  expect(usage?.inputTokens).toBe(said.input === null ? undefined : said.input + excluded + read);
  // xAI and Google count reasoning beside the output; the hub within.
  const rest = said.total === null || said.input === null ? undefined : said.total - said.input - excluded - read;
  expect(usage?.outputTokens).toBe(rest ?? said.output ?? undefined);
  // Where null, the meta file looked at the best known field alone; Mistral and Moonshot report cached tokens, and Anthropic reasoning, in
  // others.
  if (said.cache_read !== null) expect(usage?.cacheReadInputTokens).toBe(said.cache_read);
  if (said.cache_write !== null) expect(usage?.cacheWriteInputTokens).toBe(said.cache_write);
  if (said.reasoning !== null) expect(usage?.reasoningOutputTokens).toBe(said.reasoning);
}

/** `pages`: how many web pages the answer cites; files that it cites have no form here. */
function expectAsOpenaiChat(reply: OpenaiReply, recording: Recording, pages?: number): void {
  const said = recording.expectAsOpenaiChat;
  if (said === undefined) throw new Error(`${recording.id} has no expect_as_openai_chat`);
  // Calls of free-text tools wait for their results too; the meta file looked at functions alone.
  expect(reply.finishReason).toBe(customCalls(recording).length > 0 ? "tool_calls" : (said.finish_reason ?? null));
  expect(reply.text).toBe(recording.expect.text ?? "");
  expect(reply.reasoning).toBe((recording.expect.reasoning ?? "") + (recording.expect.tool_plan ?? ""));
  expect(reply.done).toBe(true);
  const usage = reply.usage;
  if (said.usage === null || said.usage === undefined) expect(usage).toBeUndefined();
  else {
    const { reasoning_tokens: reasoningTokens, ...counts } = said.usage;
    expect({
      prompt_tokens: usage?.["prompt_tokens"] ?? null,
      completion_tokens: usage?.["completion_tokens"] ?? null,
      cached_tokens: (usage?.["prompt_tokens_details"] as JsonObject | undefined)?.["cached_tokens"] ?? null,
    }).toEqual(counts);
    const details = usage?.["completion_tokens_details"] as JsonObject | undefined;
    if (reasoningTokens !== null) expect(details?.["reasoning_tokens"]).toBe(reasoningTokens);
  }
  const calls = [
    ...(recording.expect.tool_calls ?? []).map(({ name, arguments: input }) => ({ name, arguments: input })),
    ...customCalls(recording),
  ];
  const told = reply.toolCalls.map(({ name, arguments: input, custom }) => ({
    name,
    arguments: custom ? input : parse(input),
  }));
  expect(told).toEqual(calls);
  expect(new Set(reply.toolCalls.map(({ id }) => id)).size).toBe(calls.length);
  const legacy = recording.expect.function_call;
  if (legacy !== undefined) {
    expect(reply.functionCall?.name).toBe(legacy["name"]);
    expect(parse(reply.functionCall?.arguments ?? "")).toEqual(legacy["arguments"]);
  }
  const annotations = pages ?? recording.expect.annotations;
  if (annotations !== undefined) expect(reply.annotations).toBe(annotations);
}

function countPages(response: ChatResponse): number {
  const citations = response.candidates.flatMap(({ parts }) =>
    parts.flatMap(({ kind }) => (kind.case === "text" ? kind.value.citations : [])),
  );
  return citations.filter(({ url }) => url !== "").length;
}

describe.skipIf(streams.length === 0)("recorded streams", () => {
  test.each(streams)("$id: the same events however it is cut, and as recorded", (recording) => {
    const dialect = dialectOf(recording);
    const bytes = readRecording(recording.id);
    const sse = readEvents(dialect, [bytes]);
    const whole = decodeStream(dialect, sse);
    expect(findStreamFaults(whole)).toEqual([]);
    expect(whole.at(-1)?.event.case).toBe("finish");
    for (const pieces of [cutBytes(bytes), cutRandomly(bytes, 1), cutRandomly(bytes, 2), cutRandomly(bytes, 3)]) {
      const again = decodeStream(dialect, readEvents(dialect, pieces));
      expect(again).toHaveLength(whole.length);
      for (const [index, event] of whole.entries()) {
        const other = again[index];
        expect(other !== undefined && equals(StreamEventSchema, event, other)).toBe(true);
      }
    }
    expectAsRecorded(collectResponse(whole), recording);

    const tapped = tapStream(dialect, sse);
    const { skimmed: _, ...skimmed } = skimStream(dialect, bytes);
    expect(skimmed).toEqual(tapped);
    const finish = whole.at(-1)?.event;
    if (finish?.case !== "finish") throw new Error("no finish");
    expect(tapped.end.kind).toBe("finished");
    expect(tapped.end.facts.usage).toEqual(finish.value.usage);
    expect(tapped.end.facts.finish).toEqual(finish.value.candidates[0]?.finish);
    const start = whole[0]?.event;
    expect(tapped.end.facts.responseId).toBe(start?.case === "responseStart" ? start.value.id : undefined);
  });

  test.each(streams)("$id: told to a client of every dialect", (recording) => {
    const source = dialectOf(recording);
    const events = decodeStream(source, readEvents(source, [readRecording(recording.id)]));
    expectAsOpenaiChat(readStreamReply(encodeStream(dialects["openai.chat"], events)), recording);
    for (const dialect of Object.values(dialects)) {
      const again = decodeStream(dialect, readSse([Buffer.from(encodeStream(dialect, events))]));
      expect(findStreamFaults(again)).toEqual([]);
      const { text, reasoning, calls, finish } = summarize(collectResponse(again));
      const before = summarize(collectResponse(events));
      expect({ text, reasoning, reason: finish?.reason, calls: calls.map(({ id }) => id) }).toEqual({
        text: before.text,
        reasoning: before.reasoning,
        reason: before.finish?.reason,
        calls: before.calls.map(({ id }) => id),
      });
    }
  });
});

describe.skipIf(bodies.length === 0)("recorded bodies", () => {
  test.each(bodies)("$id: as recorded, and told to a client of every dialect", (recording) => {
    const dialect = dialectOf(recording);
    const body = parse(readRecording(recording.id).toString("utf8"));
    const decoded = dialect.decodeResponse(body);
    if (decoded.kind !== "response") throw new Error(`${decoded.kind}: ${JSON.stringify(decoded)}`);
    const { response } = decoded;
    expectAsRecorded(response, recording);

    const facts = dialect.readResponseFacts(body);
    expect(facts?.usage).toEqual(response.usage);
    expect(facts?.finish).toEqual(response.candidates[0]?.finish);
    expect(facts?.responseId).toBe(response.id);
    expect(facts?.responseModel).toBe(response.model);

    const pages = recording.api === "openai.responses" ? countPages(response) : undefined;
    expectAsOpenaiChat(readReply(dialects["openai.chat"].encodeResponse(response, options).body), recording, pages);
    const events = explodeResponse(response);
    expect(findStreamFaults(events)).toEqual([]);
    expect(equals(ChatResponseSchema, collectResponse(events), response)).toBe(true);
    expectAsOpenaiChat(readStreamReply(encodeStream(dialects["openai.chat"], events)), recording, pages);
  });

  test.each(bodies)("$id: returns to its own dialect as it came", (recording) => {
    const dialect = dialectOf(recording);
    const body = parse(readRecording(recording.id).toString("utf8"));
    const decoded = dialect.decodeResponse(body);
    if (decoded.kind !== "response") throw new Error(decoded.kind);
    const encoded = dialect.encodeResponse(decoded.response, options);
    expect(encoded.changes).toEqual([]);
    const again = dialect.decodeResponse(encoded.body);
    if (again.kind !== "response") throw new Error(again.kind);
    expect(comparable(again.response)).toEqual(comparable(decoded.response));
  });
});

describe.skipIf(errors.length === 0)("recorded errors", () => {
  test.each(errors)("$id", (recording) => {
    const error = dialectOf(recording).decodeError(readRecording(recording.id));
    const said = recording.expect.error;
    expect(error.message).toBe(said?.["message"]);
    // Bedrock says the type in a header alone; Google calls it status.
    const type = said?.["type"] ?? said?.["status"];
    if (type !== undefined) expect(error.type).toBe(type);
    if (typeof said?.["code"] === "string") expect(error.code).toBe(said["code"]);
    if (typeof said?.["param"] === "string") expect(error.parameter).toBe(said["param"]);
  });
});

const requests = recordings.filter(({ request }) => request !== undefined);

describe.skipIf(requests.length === 0)("recorded requests", () => {
  test.each(requests)(
    "$id: its request returns to its own dialect, and crosses or is refused with a reason",
    (recording) => {
      const dialect = dialectOf(recording);
      const body = { ...recording.request } as JsonObject;
      const model = decodeURIComponent(recording.model ?? "");
      const address = { model, stream: recording.stream };
      const decoded = dialect.decodeRequest(body, address);
      if (decoded.kind === "invalid") {
        expect(recording.status).not.toBe(200);
        expect(decoded.problem.parameter).not.toBe("");
        return;
      }
      for (const target of Object.values(dialects)) {
        const encoded = target.encodeRequest(decoded.value, {
          model: decoded.value.model,
          stream: recording.stream,
          defaultMaxOutputTokens: 4096,
        });
        if (encoded.kind === "refused") {
          expect(target).not.toBe(dialect);
          expect(encoded.problem.message).not.toBe("");
          continue;
        }
        const again = target.decodeRequest(encoded.body, address);
        if (again.kind === "invalid") throw new Error(`${target.name}: ${JSON.stringify(again.problem)}`);
        if (target === dialect && encoded.changes.length === 0) expect(again.value).toEqual(decoded.value);
      }
    },
  );
});
