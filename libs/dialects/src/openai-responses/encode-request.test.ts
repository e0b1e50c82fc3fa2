import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatRequestSchema, ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { Role, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { describe, expect, test } from "vitest";
import type { EncodeRequestOptions, JsonObject } from "../dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeRequest } from "./encode-request.ts";

const text = (value: string) => ({ kind: { case: "text" as const, value: { text: value } } });
const hi = { role: Role.USER, parts: [text("hi")] };

function encode(init: MessageInitShape<typeof ChatRequestSchema>, options: Partial<EncodeRequestOptions> = {}) {
  const request = create(ChatRequestSchema, { model: "chat", messages: [hi], ...init });
  const encoded = encodeRequest(request, { model: "some-model", stream: false, defaultMaxOutputTokens: 1, ...options });
  if (encoded.kind === "refused") return { refused: encoded.problem };
  return { body: encoded.body, changes: encoded.changes.map(({ parameter }) => parameter) };
}

function again(body: JsonObject, options: Partial<EncodeRequestOptions> = {}) {
  const decoded = decodeRequest({ model: "chat", input: "hi", ...body });
  if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
  return encode(decoded.value, options);
}

describe("of another dialect", () => {
  test("nothing is stored; encrypted reasoning is asked of models that are known to reason", () => {
    expect(encode({})).toEqual({
      body: { model: "some-model", input: [{ type: "message", role: "user", content: "hi" }], store: false },
      changes: [],
    });
    const { body } = encode({}, { model: "gpt-5.5", stream: true });
    expect(body).toMatchObject({ include: ["reasoning.encrypted_content"], store: false, stream: true });
    expect(encode({}, { model: "gpt-4o" }).body).not.toHaveProperty("include");
  });

  test("a function of which nothing is said is not strict, as elsewhere, and takes an object", () => {
    const tools = [{ kind: { case: "function" as const, value: { name: "now" } } }];
    expect(encode({ tools }).body?.["tools"]).toEqual([
      { type: "function", name: "now", parameters: { type: "object", properties: {} }, strict: false },
    ]);
  });

  test("parameters without a form are reported, and those that change nothing are not", () => {
    const { changes } = encode({
      stopSequences: ["x"],
      seed: 1n,
      topK: 5,
      frequencyPenalty: 0,
      presencePenalty: 0.5,
      logitBias: { 1: 2 },
      candidateCount: 1,
    });
    expect(changes).toEqual(["stop", "top_k", "presence_penalty", "seed", "logit_bias"]);
  });

  test.each([
    [{ candidateCount: 2 }, "n"],
    [{ outputModalities: ["text", "audio"] }, "modalities"],
    [
      {
        tools: [{ kind: { case: "server" as const, value: { dialect: "anthropic.messages", type: "bash_20250124" } } }],
        toolChoice: { mode: ToolChoiceMode.REQUIRED },
      },
      "tools[0]",
    ],
    [
      {
        messages: [
          { role: Role.USER, parts: [{ kind: { case: "opaque" as const, value: { dialect: "x.y", type: "z" } } }] },
        ],
      },
      "messages[0].content[0]",
    ],
  ])("%j is refused at %s", (init, parameter) => {
    expect(encode(init as never).refused?.parameter).toBe(parameter);
  });

  test("log probabilities are included", () => {
    const { body } = encode({ logprobs: true, topLogprobs: 2 });
    expect(body).toMatchObject({ include: ["message.output_text.logprobs"], top_logprobs: 2 });
  });

  test("thinking that was turned on is shown", () => {
    const { body, changes } = encode({ reasoning: { enabled: true, budgetTokens: 20_000 } }, { model: "gpt-5.5" });
    expect(body?.["reasoning"]).toEqual({ effort: "high", summary: "auto" });
    expect(changes).toEqual(["thinking.budget_tokens", "thinking"]);
    expect(encode({ reasoning: { enabled: true, summary: "omitted" } }).body).not.toHaveProperty("reasoning");
    expect(encode({ reasoning: { effort: "low" } }).body?.["reasoning"]).toEqual({ effort: "low" });
  });
});

describe("what the model takes", () => {
  test.each([
    [
      "gpt-5",
      { temperature: 0.5, topP: 0.9, logprobs: true, topLogprobs: 1 },
      ["temperature", "top_p", "top_logprobs", "logprobs"],
    ],
    ["gpt-5.1", { temperature: 0.5 }, []],
    ["gpt-5.5", { temperature: 1 }, []],
    ["gpt-4o", { temperature: 0.5 }, []],
    ["llama-70b", { temperature: 0.5, maxOutputTokens: 5 }, []],
    ["gpt-4o", { maxOutputTokens: 5 }, ["max_output_tokens"]],
    ["gpt-4o", { reasoning: { effort: "high" } }, ["effort"]],
    ["gpt-5", { reasoning: { effort: "none" } }, ["effort"]],
  ])("%s with %j: changes %j", (model, init, changes) => {
    expect(encode(init, { model }).changes).toEqual(changes);
  });
});

describe("earlier turns", () => {
  const turn = (...parts: object[]) => ({ role: Role.ASSISTANT, parts: parts as never });
  const thought = (value: object) => ({ kind: { case: "reasoning" as const, value } });
  const input = (result: ReturnType<typeof encode>) => result.body?.["input"] as readonly JsonObject[];

  test("reasoning of which nothing but its text is known goes to models that are not OpenAI's", () => {
    const messages = [hi, turn(thought({ text: "Easy." }), text("4")), hi];
    expect(input(encode({ messages }))[1]).toEqual({
      type: "reasoning",
      summary: [],
      content: [{ type: "reasoning_text", text: "Easy." }],
    });
    for (const options of [{ model: "gpt-5.5" }, { historyReasoning: "omit" as const }]) {
      const encoded = encode({ messages }, options);
      expect(input(encoded)).toHaveLength(3);
      expect(encoded.changes).toEqual(["messages[1].reasoning"]);
    }
  });

  test("reasoning that OpenAI encrypted goes back whole, with its summaries, however it came", () => {
    const messages = [
      hi,
      turn(
        thought({ text: "One.", summary: true, id: "rs_1" }),
        thought({ text: "Two.", summary: true, id: "rs_1", signature: "gAAA", signer: "openai" }),
        thought({ text: "Bare." }),
        thought({ text: "", signature: "gBBB", signer: "openai" }),
        thought({ redactedData: "gCCC", signer: "openai" }),
        text("4"),
      ),
    ];
    const encoded = encode({ messages }, { model: "gpt-5.5", historyReasoning: "omit" });
    expect(input(encoded).slice(1, 4)).toEqual([
      {
        type: "reasoning",
        id: "rs_1",
        summary: [
          { type: "summary_text", text: "One." },
          { type: "summary_text", text: "Two." },
        ],
        encrypted_content: "gAAA",
      },
      { type: "reasoning", summary: [{ type: "summary_text", text: "Bare." }], encrypted_content: "gBBB" },
      { type: "reasoning", summary: [], encrypted_content: "gCCC" },
    ]);
  });

  test("results come before what the user says, and answer calls of their kind", () => {
    const messages = [
      hi,
      turn({
        kind: { case: "toolCall", value: { id: "c", tool: "patch", arguments: "+", toolKind: ToolCallKind.CUSTOM } },
      }),
      {
        role: Role.USER,
        parts: [
          text("Well?"),
          {
            kind: {
              case: "toolResult" as const,
              value: {
                toolCallId: "c",
                content: [
                  text("ok"),
                  {
                    kind: {
                      case: "image" as const,
                      value: { media: { source: { case: "url" as const, value: "https://e.com/a.png" } } },
                    },
                  },
                ],
              },
            },
          },
        ],
      },
    ];
    const encoded = encode({ messages: messages as never });
    expect(input(encoded).slice(1)).toEqual([
      { type: "custom_tool_call", call_id: "c", name: "patch", input: "+" },
      {
        type: "custom_tool_call_output",
        call_id: "c",
        output: [
          { type: "input_text", text: "ok" },
          { type: "input_image", image_url: "https://e.com/a.png" },
        ],
      },
      { type: "message", role: "user", content: "Well?" },
    ]);
    expect(encoded.changes).toEqual(["messages[2]"]);
  });
});

test.each([
  ["a string", { input: "hi" }],
  [
    "what its provider keeps",
    { previous_response_id: "resp_1", background: true, prompt: { id: "p" }, conversation: "c" },
  ],
  [
    "its own parameters",
    {
      store: true,
      truncation: "auto",
      max_tool_calls: 3,
      include: ["file_search_call.results"],
      text: { verbosity: "low" },
    },
  ],
  ["reasoning", { reasoning: { effort: "high", summary: "detailed", mode: "pro" } }],
  ["a choice", { tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "x" }] } }],
  [
    "a hosted tool",
    {
      tools: [{ type: "mcp", server_label: "x", headers: { a: "b" } }],
      tool_choice: { type: "mcp", server_label: "x" },
    },
  ],
  ["labels that are no texts", { metadata: { a: 1 } }],
  [
    "items of its own",
    {
      input: [
        { type: "item_reference", id: "msg_1" },
        { type: "compaction", encrypted_content: "x" },
      ],
    },
  ],
])("%s: returns as it came", (_name, body) => {
  const { body: encoded, changes } = again(body as JsonObject);
  expect(encoded).toMatchObject(body);
  expect(changes).toEqual([]);
});

test("an extension cannot set what the hub governs", () => {
  const extensions = [
    { dialect: "openai.responses", field: "model", json: '"dear"' },
    { dialect: "openai.responses", field: "max_output_tokens", json: "100000" },
    { dialect: "openai.responses", field: "max_tool_calls", json: "2" },
  ];
  const { body, changes } = encode({ extensions, maxOutputTokens: 50 });
  expect(body).toMatchObject({ model: "some-model", max_output_tokens: 50, max_tool_calls: 2 });
  expect(changes).toEqual(["model", "max_output_tokens"]);
});
