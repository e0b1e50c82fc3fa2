import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type ChatRequest,
  ChatRequestSchema,
  ToolChoiceMode,
  type ToolSchema,
} from "@sluice/api/sluice/chat/v1/chat_request";
import { type MessageSchema, type PartSchema, Role, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { ParameterChangeKindSchema } from "@sluice/api/sluice/provider/v1/attempt";
import { describe, expect, it } from "vitest";
import { listMade, readMadeJson, simplifyRequest } from "../../tests/anthropic-messages-testdata.ts";
import type { EncodedRequest, JsonObject } from "../dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeRequest } from "./encode-request.ts";

type RequestInit = MessageInitShape<typeof ChatRequestSchema>;
type MessageInit = MessageInitShape<typeof MessageSchema>;
type PartInit = MessageInitShape<typeof PartSchema>;
type ToolInit = MessageInitShape<typeof ToolSchema>;

const options = { model: "model-of-no-name", stream: false, defaultMaxOutputTokens: 4096 };

function text(value: string): PartInit {
  return { kind: { case: "text", value: { text: value } } };
}

function user(...parts: PartInit[]): MessageInit {
  return { role: Role.USER, parts };
}

function assistant(...parts: PartInit[]): MessageInit {
  return { role: Role.ASSISTANT, parts };
}

function system(value: string, role: Role = Role.SYSTEM): MessageInit {
  return { role, parts: [text(value)] };
}

function call(id: string, argumentText: string, toolKind: ToolCallKind = ToolCallKind.UNSPECIFIED): PartInit {
  return { kind: { case: "toolCall", value: { id, tool: "now", arguments: argumentText, toolKind } } };
}

function result(toolCallId: string, ...content: PartInit[]): MessageInit {
  return { role: Role.TOOL, parts: [{ kind: { case: "toolResult", value: { toolCallId, content } } }] };
}

const now: ToolInit = { kind: { case: "function", value: { name: "now" } } };
const hi = [user(text("hi"))];

function encode(init: RequestInit, model = options.model): EncodedRequest {
  return encodeRequest(create(ChatRequestSchema, { maxOutputTokens: 8000, messages: hi, ...init }), {
    ...options,
    model,
  });
}

function bodyOf(encoded: EncodedRequest): JsonObject {
  if (encoded.kind === "refused") throw new Error(encoded.problem.message);
  return encoded.body;
}

/** `parameter=kind` of each change. */
function changesOf(encoded: EncodedRequest): readonly string[] {
  if (encoded.kind === "refused") throw new Error(encoded.problem.message);
  return encoded.changes.map(
    ({ parameter, kind }) => `${parameter}=${ParameterChangeKindSchema.value[kind]?.localName.toLowerCase()}`,
  );
}

function refusalOf(encoded: EncodedRequest): string {
  if (encoded.kind !== "refused") throw new Error("expected a refusal");
  expect(encoded.reason).toBe(ErrorReason.UNTRANSLATABLE);
  return encoded.problem.message;
}

describe("a request of Anthropic's own", () => {
  it.each(listMade(".request.json"))("comes back as it was: %s", (name) => {
    const body = readMadeJson(`${name}.request`);
    const parsed = decodeRequest(body);
    if (parsed.kind === "invalid") throw new Error(parsed.problem.message);
    const encoded = encodeRequest(parsed.value, { ...options, model: String(body["model"]) });
    expect(simplifyRequest(bodyOf(encoded))).toEqual(simplifyRequest(body));
    expect(changesOf(encoded)).toEqual([]);
  });

  it("keeps thinking of a kind that the hub does not know", () => {
    const body = {
      model: "claude-sonnet-5-5",
      max_tokens: 10,
      messages: [{ role: "user", content: "hi" }],
      thinking: { type: "between_tools" },
      output_config: { effort: "low" },
    };
    const parsed = decodeRequest(body);
    if (parsed.kind === "invalid") throw new Error(parsed.problem.message);
    expect(bodyOf(encodeRequest(parsed.value, { ...options, model: body.model }))).toEqual(body);
  });

  it("turns no thinking on where there was an effort alone", () => {
    const body = {
      model: "claude-opus-4-6",
      max_tokens: 10,
      messages: [{ role: "user", content: "hi" }],
      output_config: { effort: "low" },
    };
    const parsed = decodeRequest(body);
    if (parsed.kind === "invalid") throw new Error(parsed.problem.message);
    expect(bodyOf(encodeRequest(parsed.value, { ...options, model: body.model }))).toEqual(body);
  });

  it("cannot smuggle fields past the hub", () => {
    const extension = { dialect: "anthropic.messages", field: "max_tokens", json: "999999" };
    const encoded = encode({ extensions: [extension] });
    expect(bodyOf(encoded)["max_tokens"]).toBe(8000);
    expect(changesOf(encoded)).toEqual(["max_tokens=dropped"]);
  });
});

describe("messages of other dialects", () => {
  it("puts instructions at the head into system", () => {
    const encoded = encode({ messages: [system("One."), system("Two.", Role.DEVELOPER), ...hi] });
    expect(bodyOf(encoded)).toMatchObject({
      system: [
        { type: "text", text: "One." },
        { type: "text", text: "Two." },
      ],
      messages: [{ role: "user", content: "hi" }],
    });
    expect(changesOf(encoded)).toEqual([]);
  });

  const conversation = [user(text("hi")), assistant(text("ho")), user(text("so?")), system("Be brief.")];

  it("puts instructions amid the conversation to those at its head, and says so", () => {
    const encoded = encode({ messages: [...conversation, user(text("well?"))] });
    expect(bodyOf(encoded)).toMatchObject({
      system: "Be brief.",
      messages: [
        { role: "user", content: "hi" },
        { role: "assistant", content: "ho" },
        {
          role: "user",
          content: [
            { type: "text", text: "so?" },
            { type: "text", text: "well?" },
          ],
        },
      ],
    });
    expect(changesOf(encoded)).toEqual(["messages[3].role=converted"]);
  });

  it("leaves them in their place where the model takes them there", () => {
    const encoded = encode({ messages: conversation }, "claude-opus-4-8");
    expect(bodyOf(encoded)).toMatchObject({ messages: [{}, {}, {}, { role: "system", content: "Be brief." }] });
    expect(changesOf(encoded)).toEqual([]);
  });

  it("lets the user speak where there are instructions only", () => {
    const encoded = encode({ messages: [system("One."), system("Two.")] });
    expect(bodyOf(encoded)).toMatchObject({ system: "One.", messages: [{ role: "user", content: "Two." }] });
    expect(changesOf(encoded)).toEqual(["messages[1].role=converted"]);
  });

  it("joins results of tools and what the user says in one turn, results first", () => {
    const encoded = encode({
      messages: [
        user(text("hi")),
        assistant(text(""), call("a", '{"x":1}'), call("b.c", "")),
        result("a", text("one")),
        user(text("wait")),
        result("b.c", text("")),
      ],
    });
    expect(bodyOf(encoded)["messages"]).toEqual([
      { role: "user", content: "hi" },
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "a", name: "now", input: { x: 1 } },
          { type: "tool_use", id: "b_2e_c", name: "now", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "a", content: "one" },
          { type: "tool_result", tool_use_id: "b_2e_c", content: "" },
          { type: "text", text: "wait" },
        ],
      },
    ]);
    expect(changesOf(encoded)).toEqual(["messages[1].content[2].id=converted", "messages[2]=converted"]);
  });

  it("wraps arguments that are no JSON object, and free text", () => {
    const encoded = encode({
      messages: [...hi, assistant(call("a", '{"x'), call("b", "raw", ToolCallKind.CUSTOM))],
    });
    expect(bodyOf(encoded)).toMatchObject({
      messages: [{}, { content: [{ input: { INVALID_JSON: '{"x' } }, { input: { input: "raw" } }] }],
    });
    expect(changesOf(encoded)).toEqual([
      "messages[1].content[0].arguments=converted",
      "messages[1].content[1].input=converted",
    ]);
  });

  it("leaves out empty texts without a word, and empty turns and white space with one", () => {
    const encoded = encode({
      messages: [user(text(""), text("hi")), assistant(text("")), user(text(" \n"), text("so?"))],
    });
    expect(bodyOf(encoded)["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "hi" },
          { type: "text", text: "so?" },
        ],
      },
    ]);
    expect(changesOf(encoded)).toEqual(["messages[2].content[0]=dropped", "messages[1]=dropped"]);
    expect(refusalOf(encode({ messages: [user(text(""))] }))).toMatch(/nothing to answer/);
  });

  it("sends reasoning that Anthropic signed, and leaves out any other", () => {
    const encoded = encode({
      messages: [
        ...hi,
        assistant(
          { kind: { case: "reasoning", value: { text: "own", signature: "c2ln" } } },
          { kind: { case: "reasoning", value: { text: "unsigned" } } },
          { kind: { case: "reasoning", value: { redactedData: "x", id: "rs_1" } } },
          text("ho"),
        ),
        ...hi,
      ],
    });
    expect(bodyOf(encoded)).toMatchObject({
      messages: [
        {},
        {
          content: [
            { type: "thinking", thinking: "own", signature: "c2ln" },
            { type: "text", text: "ho" },
          ],
        },
        {},
      ],
    });
    expect(changesOf(encoded)).toEqual([
      "messages[1].content[1].reasoning=dropped",
      "messages[1].content[2].reasoning=dropped",
    ]);
  });

  it("does not send back citations that it made for a client", () => {
    const citation = (json: JsonObject) => ({ dialect: "anthropic.messages", json: JSON.stringify(json) });
    const own = { type: "char_location", cited_text: "x" };
    const made = { type: "web_search_result_location", encrypted_index: "" };
    const part: PartInit = {
      kind: { case: "text", value: { text: "ho", citations: [citation(own), citation(made), { url: "https://a.b" }] } },
    };
    const encoded = encode({ messages: [...hi, assistant(part), ...hi] });
    expect(bodyOf(encoded)).toMatchObject({ messages: [{}, { content: [{ citations: [own] }] }, {}] });
    expect(changesOf(encoded)).toEqual(["messages[1].content[0].citations=dropped"]);
  });

  it("sends refusals and transcripts as text, and trims a turn to be continued", () => {
    const encoded = encode({
      messages: [
        ...hi,
        assistant(
          { kind: { case: "refusal", value: { text: "No." } } },
          { kind: { case: "audio", value: { id: "audio_1", transcript: "Well " } } },
        ),
      ],
    });
    expect(bodyOf(encoded)).toMatchObject({ messages: [{}, { content: [{ text: "No." }, { text: "Well" }] }] });
    expect(changesOf(encoded)).toEqual([
      "messages[1].content[0]=converted",
      "messages[1].content[1]=converted",
      "messages[1].content=converted",
    ]);
  });

  it("reports names, details and fields of other dialects", () => {
    const image: PartInit = {
      kind: { case: "image", value: { media: { source: { case: "url", value: "https://a.b/c.png" } }, detail: "low" } },
    };
    const foreign = { dialect: "openai.chat", field: "store", json: "true" };
    const encoded = encode({ messages: [{ ...user(image), participant: "Ann" }], extensions: [foreign] });
    expect(changesOf(encoded)).toEqual([
      "messages[0].name=dropped",
      "messages[0].content[0].image_url.detail=dropped",
      "store=dropped",
    ]);
  });

  it.each<readonly [MessageInit, RegExp]>([
    [
      user({ kind: { case: "audio", value: { media: { source: { case: "inlineData", value: Buffer.from("x") } } } } }),
      /no sound/,
    ],
    [user({ kind: { case: "opaque", value: { dialect: "openai.chat", type: "video" } } }), /only openai.chat knows/],
    [user({ kind: { case: undefined } }), /of no kind/],
    [assistant(call("", "{}")), /without an id/],
    [
      assistant({ kind: { case: "image", value: { media: { source: { case: "url", value: "https://a.b" } } } } }),
      /picture or document in the model's turn/,
    ],
    [
      {
        role: Role.SYSTEM,
        parts: [{ kind: { case: "image", value: { media: { source: { case: "url", value: "u" } } } } }],
      },
      /instructions with a part of type image/,
    ],
    [
      assistant({ kind: { case: "toolResult", value: { toolCallId: "a", serverType: "web_search_call" } } }),
      /tool of another provider/,
    ],
  ])("refuses what cannot cross, and says why", (message, reason) => {
    expect(refusalOf(encode({ messages: [...hi, message] }))).toMatch(reason);
  });
});

describe("tools", () => {
  it("declares a function without parameters, and adds the type that Anthropic requires", () => {
    const bare: ToolInit = {
      kind: { case: "function", value: { name: "x", parametersJsonSchema: '{"properties":{}}' } },
    };
    const encoded = encode({ tools: [now, bare] });
    expect(bodyOf(encoded)["tools"]).toEqual([
      { name: "now", input_schema: { type: "object", properties: {} } },
      { name: "x", input_schema: { type: "object", properties: {} } },
    ]);
    expect(changesOf(encoded)).toEqual(["tools[1].function.parameters=converted"]);
  });

  it.each<readonly [RequestInit, JsonObject | undefined]>([
    [{ toolChoice: { mode: ToolChoiceMode.NONE } }, { type: "none" }],
    [{ toolChoice: { mode: ToolChoiceMode.REQUIRED } }, { type: "any" }],
    [{ toolChoice: { mode: ToolChoiceMode.TOOL, tool: "now" } }, { type: "tool", name: "now" }],
    [{ parallelToolCalls: false }, { type: "auto", disable_parallel_tool_use: true }],
    [{ parallelToolCalls: true }, undefined],
    [
      { parallelToolCalls: false, toolChoice: { mode: ToolChoiceMode.REQUIRED } },
      { type: "any", disable_parallel_tool_use: true },
    ],
  ])("chooses: %j", (init, choice) => {
    const encoded = encode({ tools: [now], ...init });
    expect(bodyOf(encoded)["tool_choice"]).toEqual(choice);
    expect(changesOf(encoded)).toEqual([]);
  });

  it("forces no call where there are no tools or the model cannot be forced", () => {
    const toolChoice = { mode: ToolChoiceMode.REQUIRED };
    expect(changesOf(encode({ toolChoice }))).toEqual(["tool_choice=dropped"]);
    const encoded = encode({ toolChoice, tools: [now] }, "claude-opus-5-5");
    expect(bodyOf(encoded)["tool_choice"]).toEqual({ type: "auto" });
    expect(changesOf(encoded)).toEqual(["tool_choice=converted"]);
  });

  it("refuses tools that it cannot declare", () => {
    expect(refusalOf(encode({ tools: [{ kind: { case: "custom", value: { name: "x" } } }] }))).toMatch(/free text/);
    const foreign: ToolInit = { kind: { case: "server", value: { dialect: "openai.responses", type: "file_search" } } };
    expect(refusalOf(encode({ tools: [foreign] }))).toMatch(/a tool of openai.responses/);
    const broken: ToolInit = { kind: { case: "function", value: { name: "x", parametersJsonSchema: "[]" } } };
    expect(refusalOf(encode({ tools: [broken] }))).toMatch(/JSON Schema/);
  });
});

describe("parameters", () => {
  it("sends the limit that Anthropic requires, and says so", () => {
    const request: ChatRequest = create(ChatRequestSchema, { messages: hi });
    const encoded = encodeRequest(request, { ...options, stream: true });
    expect(bodyOf(encoded)).toMatchObject({ max_tokens: 4096, stream: true });
    expect(changesOf(encoded)).toEqual(["max_tokens=defaulted"]);
  });

  it.each<readonly [RequestInit, string, JsonObject, readonly string[]]>([
    [{ temperature: 1.7 }, options.model, { temperature: 1 }, ["temperature=clamped"]],
    [{ temperature: 0.5, topP: 0.9, topK: 4 }, options.model, { temperature: 0.5, top_p: 0.9, top_k: 4 }, []],
    [{ temperature: 0.5, topP: 0.9 }, "claude-sonnet-4-5", { temperature: 0.5 }, ["top_p=dropped"]],
    [{ temperature: 0.5, topK: 4 }, "claude-opus-5", {}, ["temperature=dropped", "top_k=dropped"]],
    [{ temperature: 1 }, "claude-opus-5", {}, []],
    [{ stopSequences: ["END", "\n"] }, options.model, { stop_sequences: ["END"] }, ["stop=dropped"]],
    [{ frequencyPenalty: 0, presencePenalty: 0, logprobs: false, candidateCount: 1 }, options.model, {}, []],
    [
      {
        frequencyPenalty: 1,
        presencePenalty: 1,
        seed: 5n,
        logitBias: { "5": 1 },
        logprobs: true,
        topLogprobs: 2,
        metadata: { a: "b" },
      },
      options.model,
      {},
      [
        "frequency_penalty=dropped",
        "presence_penalty=dropped",
        "seed=dropped",
        "logit_bias=dropped",
        "logprobs=dropped",
        "top_logprobs=dropped",
        "metadata=dropped",
      ],
    ],
    [{ serviceTier: "default" }, options.model, { service_tier: "standard_only" }, ["service_tier=converted"]],
    [{ serviceTier: "priority" }, options.model, { service_tier: "auto" }, ["service_tier=converted"]],
    [{ serviceTier: "flex" }, options.model, {}, ["service_tier=dropped"]],
    [{ endUser: "user-1" }, options.model, { metadata: { user_id: "user-1" } }, []],
  ])("case %#", (init, model, expected, changes) => {
    const encoded = encode(init, model);
    expect(bodyOf(encoded)).toEqual({
      model,
      max_tokens: 8000,
      messages: [{ role: "user", content: "hi" }],
      ...expected,
    });
    expect(changesOf(encoded)).toEqual(changes);
  });

  it("refuses several answers and kinds of output that Anthropic does not make", () => {
    expect(refusalOf(encode({ candidateCount: 2 }))).toMatch(/^n: 2 answers/);
    expect(refusalOf(encode({ outputModalities: ["text", "audio"] }))).toMatch(/^modalities: .*audio/);
  });
});

describe("thinking", () => {
  const adaptive = { thinking: { type: "adaptive" } };
  it.each<readonly [RequestInit["reasoning"], string, JsonObject, readonly string[]]>([
    [
      { effort: "high" },
      "claude-sonnet-4-5",
      { thinking: { type: "enabled", budget_tokens: 6400 } },
      ["reasoning_effort=converted"],
    ],
    [
      { effort: "low" },
      "claude-sonnet-4-5",
      { thinking: { type: "enabled", budget_tokens: 1600 } },
      ["reasoning_effort=converted"],
    ],
    [
      { effort: "high" },
      "claude-opus-4-6",
      { ...adaptive, output_config: { effort: "high" } },
      ["reasoning_effort=converted"],
    ],
    [
      { effort: "minimal" },
      "claude-opus-5",
      { ...adaptive, output_config: { effort: "low" } },
      ["reasoning_effort=converted", "reasoning_effort=converted"],
    ],
    [
      { effort: "xhigh" },
      "claude-opus-4-6",
      { ...adaptive, output_config: { effort: "high" } },
      ["reasoning_effort=converted", "reasoning_effort=converted"],
    ],
    [{ effort: "none" }, "claude-sonnet-4-5", { thinking: { type: "disabled" } }, ["reasoning_effort=converted"]],
    [{ effort: "none" }, "claude-opus-5-5", { output_config: { effort: "low" } }, ["reasoning_effort=converted"]],
    [{ effort: "none" }, "claude-sonnet-5-5", { thinking: { type: "between_tools" } }, ["reasoning_effort=converted"]],
    [
      { enabled: false, effort: "max" },
      "claude-opus-5",
      { thinking: { type: "disabled" }, output_config: { effort: "high" } },
      ["reasoning_effort=converted"],
    ],
    [{ effort: "none" }, "claude-3-5-haiku-latest", {}, []],
    [{ effort: "high" }, "claude-3-5-haiku-latest", {}, ["reasoning_effort=dropped"]],
    [
      { enabled: true, budgetTokens: 5000 },
      "claude-sonnet-4-5",
      { thinking: { type: "enabled", budget_tokens: 5000 } },
      [],
    ],
    [
      { enabled: true, budgetTokens: 100 },
      "claude-sonnet-4-5",
      { thinking: { type: "enabled", budget_tokens: 1024 } },
      ["reasoning_effort=clamped"],
    ],
    [
      { enabled: true, budgetTokens: 9000 },
      "claude-sonnet-4-5",
      { thinking: { type: "enabled", budget_tokens: 7999 } },
      ["reasoning_effort=clamped"],
    ],
    [{ enabled: true, budgetTokens: 5000 }, "claude-opus-5", adaptive, ["reasoning_effort=converted"]],
    [
      { enabled: true, adaptive: true },
      "claude-sonnet-4-5",
      { thinking: { type: "enabled", budget_tokens: 4000 } },
      ["reasoning_effort=converted"],
    ],
    [{ enabled: false }, "claude-sonnet-4-5", { thinking: { type: "disabled" } }, []],
    [
      { effort: "high", summary: "auto" },
      "claude-opus-5",
      { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "high" } },
      ["reasoning_effort=converted", "reasoning.summary=converted"],
    ],
  ])("case %#", (reasoning, model, expected, changes) => {
    const encoded = encode({ reasoning }, model);
    expect(bodyOf(encoded)).toEqual({
      model,
      max_tokens: 8000,
      messages: [{ role: "user", content: "hi" }],
      ...expected,
    });
    expect(changesOf(encoded)).toEqual(changes);
  });

  const reasoning = { effort: "high" };
  const model = "claude-sonnet-4-5";

  it("gives way to a limit on output that leaves it no room, and to a call by force", () => {
    expect(bodyOf(encode({ reasoning, maxOutputTokens: 1000 }, model))["thinking"]).toBeUndefined();
    const forced = encode({ reasoning, tools: [now], toolChoice: { mode: ToolChoiceMode.REQUIRED } }, model);
    expect(bodyOf(forced)["thinking"]).toBeUndefined();
    expect(changesOf(forced)).toContain("reasoning_effort=dropped");
  });

  it("leaves out sampling that Anthropic refuses with it", () => {
    const encoded = encode({ reasoning, temperature: 0.2, topP: 0.5, topK: 3 }, model);
    expect(bodyOf(encoded)).toMatchObject({ top_p: 0.95, thinking: { type: "enabled" } });
    expect(changesOf(encoded)).toEqual([
      "reasoning_effort=converted",
      "temperature=dropped",
      "top_p=clamped",
      "top_k=dropped",
    ]);
  });

  it("is left out where the turn to be gone on with was not begun with signed thinking", () => {
    const unsigned = [...hi, assistant(call("a", "{}")), result("a", text("1"))];
    expect(bodyOf(encode({ reasoning, tools: [now], messages: unsigned }, model))["thinking"]).toBeUndefined();
    const signature: PartInit = { kind: { case: "reasoning", value: { text: "t", signature: "c2ln" } } };
    const signed = [...hi, assistant(signature, call("a", "{}")), result("a", text("1"))];
    expect(bodyOf(encode({ reasoning, tools: [now], messages: signed }, model))["thinking"]).toBeDefined();
    // Adaptive thinking does not demand it.
    expect(
      bodyOf(encode({ reasoning, tools: [now], messages: unsigned }, "claude-opus-4-6"))["thinking"],
    ).toBeDefined();
  });
});

describe("the form of the answer", () => {
  const schemaJson = JSON.stringify({
    type: "object",
    properties: { inner: { type: "object", properties: {} }, list: { type: "array", items: { type: "object" } } },
    $defs: { open: { type: "object", additionalProperties: true } },
  });

  it("closes the objects of a schema, as Anthropic requires, and says so", () => {
    const encoded = encode({ responseFormat: { kind: { case: "jsonSchema", value: { name: "answer", schemaJson } } } });
    expect(bodyOf(encoded)["output_config"]).toEqual({
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: {
            inner: { type: "object", properties: {}, additionalProperties: false },
            list: { type: "array", items: { type: "object", additionalProperties: false } },
          },
          $defs: { open: { type: "object", additionalProperties: true } },
          additionalProperties: false,
        },
      },
    });
    expect(changesOf(encoded)).toEqual(["response_format=converted"]);
  });

  it("has none for any JSON object, and refuses a schema that is none", () => {
    expect(changesOf(encode({ responseFormat: { kind: { case: "jsonObject", value: {} } } }))).toEqual([
      "response_format=dropped",
    ]);
    expect(changesOf(encode({ responseFormat: { kind: { case: "text", value: {} } } }))).toEqual([]);
    const broken: RequestInit = { responseFormat: { kind: { case: "jsonSchema", value: { schemaJson: "no" } } } };
    expect(refusalOf(encode(broken))).toMatch(/JSON Schema/);
  });
});
