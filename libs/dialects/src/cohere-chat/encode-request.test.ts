import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatRequestSchema, ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { type PartSchema, Role } from "@sluice/api/sluice/chat/v1/content";
import { ParameterChangeKindSchema } from "@sluice/api/sluice/provider/v1/attempt";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { encodeRequest } from "./encode-request.ts";

type RequestInit = MessageInitShape<typeof ChatRequestSchema>;
type PartInit = MessageInitShape<typeof PartSchema>;

const user = { role: Role.USER, parts: [{ kind: { case: "text" as const, value: { text: "?" } } }] };

function encode(init: RequestInit, model = "command-a-plus-05-2026") {
  const request = create(ChatRequestSchema, { model: "chat", messages: [user], ...init });
  return encodeRequest(request, { model, stream: false, defaultMaxOutputTokens: 1 });
}

function sent(init: RequestInit, model?: string) {
  const encoded = encode(init, model);
  if (encoded.kind === "refused") throw new Error(encoded.problem.message);
  const changes = encoded.changes.map(({ kind, parameter }) => {
    const name = ParameterChangeKindSchema.value[kind]?.localName.toLowerCase();
    return `${name} ${parameter}`;
  });
  return { body: encoded.body, changes };
}

const weather = {
  name: "weather",
  parametersJsonSchema: '{"type":"object","properties":{"city":{}},"required":["city"]}',
};
const tool = (name: string, strict?: boolean) => ({
  kind: { case: "function" as const, value: { ...weather, name, ...(strict !== undefined && { strict }) } },
});

describe("parameters", () => {
  test("are brought into Cohere's ranges, and reported by the names that clients know", () => {
    const { body, changes } = sent({
      temperature: 1.4,
      topP: 1,
      topK: 900,
      frequencyPenalty: -1,
      presencePenalty: 0.5,
      stopSequences: ["1", "2", "3", "4", "5", "6"],
    });
    expect(body).toMatchObject({ temperature: 1, p: 0.99, k: 500, frequency_penalty: 0, presence_penalty: 0.5 });
    expect(body["stop_sequences"]).toEqual(["1", "2", "3", "4", "5"]);
    expect(changes).toEqual([
      "clamped temperature",
      "clamped top_p",
      "clamped top_k",
      "clamped frequency_penalty",
      "clamped stop",
    ]);
  });

  test("that Cohere has none of are left out and reported", () => {
    const { body, changes } = sent({
      logitBias: { "1": 2 },
      topLogprobs: 3,
      parallelToolCalls: false,
      endUser: "u",
      metadata: { a: "b" },
      serviceTier: "flex",
    });
    expect(Object.keys(body)).toEqual(["model", "messages"]);
    expect(changes.map((change) => change.split(" ")[1])).toEqual([
      "logit_bias",
      "top_logprobs",
      "parallel_tool_calls",
      "user",
      "metadata",
      "service_tier",
    ]);
  });

  test.each<[RequestInit, string]>([
    [{ candidateCount: 2 }, "n"],
    [{ outputModalities: ["text", "audio"] }, "modalities"],
    [{ toolChoice: { mode: ToolChoiceMode.TOOL, tool: "gone" }, tools: [tool("weather")] }, "tool_choice"],
  ])("%j is refused", (init, parameter) => {
    expect(encode(init)).toMatchObject({ kind: "refused", problem: { parameter } });
  });
});

describe("thinking", () => {
  test.each<[RequestInit["reasoning"], JsonObject | undefined, readonly string[]]>([
    [{ enabled: false }, { type: "disabled" }, []],
    [{ effort: "none" }, { type: "disabled" }, []],
    [{ budgetTokens: 300 }, { type: "enabled", token_budget: 300 }, []],
    [{ enabled: true }, { type: "enabled" }, []],
    [{ effort: "low" }, { type: "enabled", token_budget: 4_096 }, ["converted reasoning_effort"]],
    [{ effort: "high" }, { type: "enabled" }, ["converted reasoning_effort"]],
    [{ adaptive: true }, { type: "enabled" }, ["converted thinking"]],
    [{}, undefined, []],
  ])("%j", (reasoning, thinking, changes) => {
    const found = sent({ reasoning });
    expect(found.body["thinking"]).toEqual(thinking);
    expect(found.changes).toEqual(changes);
  });

  test("is left out for a model that does not think; that it is off goes without saying", () => {
    const asked = sent({ reasoning: { effort: "low" } }, "command-r7b-12-2024");
    expect(asked.body).not.toHaveProperty("thinking");
    expect(asked.changes).toEqual(["dropped reasoning_effort"]);
    expect(sent({ reasoning: { enabled: false } }, "command-r7b-12-2024").changes).toEqual([]);
  });
});

describe("tools", () => {
  test("one that is named is the only one, and required", () => {
    const { body, changes } = sent({
      tools: [tool("weather"), tool("now")],
      toolChoice: { mode: ToolChoiceMode.TOOL, tool: "now" },
    });
    expect(body).toMatchObject({ tool_choice: "REQUIRED", tools: [{ function: { name: "now" } }] });
    expect(body["tools"]).toHaveLength(1);
    expect(changes).toEqual(["converted tool_choice"]);
  });

  test.each<[readonly (boolean | undefined)[], boolean | undefined, readonly string[]]>([
    [[undefined, undefined], undefined, []],
    [[false, false], false, []],
    [[true, true], true, []],
    [[true, undefined], true, ["converted tools.strict"]],
  ])("strict %j is %s of all", (strict, expected, changes) => {
    const found = sent({ tools: strict.map((each, index) => tool(`tool_${index}`, each)) });
    expect(found.body["strict_tools"]).toBe(expected);
    expect(found.changes).toEqual(changes);
  });

  test("cannot be strict where one has no required parameter", () => {
    const bare = { kind: { case: "function" as const, value: { name: "now", strict: true } } };
    const { body, changes } = sent({ tools: [tool("weather", true), bare] });
    expect(body).not.toHaveProperty("strict_tools");
    expect(body["tools"]).toMatchObject([{}, { function: { parameters: { type: "object", properties: {} } } }]);
    expect(changes).toEqual(["dropped tools.strict"]);
  });

  test("exclude a form of the answer", () => {
    const responseFormat = { kind: { case: "jsonObject" as const, value: {} } };
    expect(sent({ responseFormat }).body).toMatchObject({ response_format: { type: "json_object" } });
    const { body, changes } = sent({ responseFormat, tools: [tool("weather")] });
    expect(body).not.toHaveProperty("response_format");
    expect(changes).toEqual(["dropped response_format"]);
  });
});

function document(value: { citations?: boolean; text?: string; mediaType?: string; title?: string }): PartInit {
  const { text = "All is well.", mediaType = "text/plain", ...rest } = value;
  const media = { source: { case: "inlineData" as const, value: Buffer.from(text) }, mediaType };
  return { kind: { case: "document", value: { media, ...rest } } };
}

describe("documents", () => {
  const ask = (...parts: PartInit[]): RequestInit => ({ messages: [{ role: Role.USER, parts }] });

  test("are text where they stand", () => {
    const { body, changes } = sent(ask(document({ title: "News" })));
    expect(body["messages"]).toEqual([{ role: "user", content: "Title: News\nAll is well." }]);
    expect(changes).toEqual(["converted messages[0].content[0]"]);
  });

  test("to cite from stand beside the conversation", () => {
    const text = { kind: { case: "text" as const, value: { text: "How is it?" } } };
    const { body, changes } = sent(ask(document({ citations: true, title: "News" }), text));
    expect(body["messages"]).toEqual([{ role: "user", content: "How is it?" }]);
    expect(body["documents"]).toEqual([{ id: "document_0", data: { title: "News", text: "All is well." } }]);
    expect(changes).toEqual(["converted messages[0].content[0]"]);
  });

  test("that are no text are refused", () => {
    const refused = encode(ask(document({ mediaType: "application/pdf" })));
    expect(refused).toMatchObject({ kind: "refused", problem: { parameter: "messages[0].content[0]" } });
  });

  test("of a tool stay documents; its pictures follow", () => {
    const picture: PartInit = {
      kind: { case: "image", value: { media: { source: { case: "url", value: "https://example.com/a.png" } } } },
    };
    const result: PartInit = {
      kind: { case: "toolResult", value: { toolCallId: "1", content: [document({}), picture], isError: true } },
    };
    const { body, changes } = sent({ messages: [user, { role: Role.TOOL, parts: [result] }] });
    expect(body["messages"]).toEqual([
      { role: "user", content: "?" },
      {
        role: "tool",
        tool_call_id: "1",
        content: [{ type: "document", document: { data: { text: "All is well." } } }],
      },
      {
        role: "user",
        content: [
          { type: "text", text: "Result of tool call 1:" },
          { type: "image_url", image_url: { url: "https://example.com/a.png" } },
        ],
      },
    ]);
    expect(changes).toEqual(["dropped is_error", "converted messages[1].content"]);
  });
});

test("reasoning that another maker signed is told without its signature; what is encrypted alone is left out", () => {
  const parts: PartInit[] = [
    { kind: { case: "reasoning", value: { text: "Hm.", signature: "c2ln", signer: "anthropic" } } },
    { kind: { case: "reasoning", value: { redactedData: "b3Bh", signer: "anthropic" } } },
    { kind: { case: "text", value: { text: "Yes." } } },
  ];
  const init = { messages: [user, { role: Role.ASSISTANT, parts }, user] };
  const { body, changes } = sent(init);
  expect(JSON.stringify(body)).not.toMatch(/c2ln|b3Bh/);
  expect(body["messages"]).toMatchObject([
    {},
    {
      content: [
        { type: "thinking", thinking: "Hm." },
        { type: "text", text: "Yes." },
      ],
    },
    {},
  ]);
  expect(changes).toEqual(["dropped messages[1].content[0].signature", "dropped messages[1].content[1].signature"]);
  expect(sent(init, "command-r-08-2024").changes).toContain("dropped messages[1].content[0]");
});
