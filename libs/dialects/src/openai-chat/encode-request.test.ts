import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatRequestSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import { Role, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { openaiChat } from "./index.ts";

type RequestInit = MessageInitShape<typeof ChatRequestSchema>;
type MessageInit = NonNullable<RequestInit["messages"]>[number];
type PartsInit = NonNullable<MessageInit["parts"]>;

const user: MessageInit = { role: Role.USER, parts: [{ kind: { case: "text", value: { text: "Hi" } } }] };

function encode(init: RequestInit, model = "llama-70b", stream = false) {
  return openaiChat.encodeRequest(create(ChatRequestSchema, { model: "chat", messages: [user], ...init }), {
    model,
    stream,
    defaultMaxOutputTokens: 4096,
  });
}

function written(init: RequestInit, model?: string) {
  const encoded = encode(init, model);
  if (encoded.kind === "refused") throw new Error(encoded.problem.message);
  return { body: encoded.body, changes: encoded.changes.map(({ parameter }) => parameter) };
}

function messagesOf(...messages: MessageInit[]) {
  const { body, changes } = written({ messages: [...messages, user] });
  return { messages: (body["messages"] as readonly JsonObject[]).slice(0, -1), changes };
}

function refusal(parts: PartsInit) {
  const encoded = encode({ messages: [{ role: Role.USER, parts }] });
  if (encoded.kind === "encoded") throw new Error("encoded");
  expect(encoded.reason).toBe(ErrorReason.UNTRANSLATABLE);
  return encoded.problem;
}

describe("tools that take free text", () => {
  const formatJson = '{"type":"grammar","syntax":"lark","definition":"start: A"}';
  const init: RequestInit = {
    tools: [{ kind: { case: "custom", value: { name: "patch", description: "P.", formatJson } } }],
  };

  test("are sent to models that know them, in the form of Chat Completions", () => {
    const { body, changes } = written(init, "gpt-5.5");
    expect(body["tools"]).toEqual([
      {
        type: "custom",
        custom: {
          name: "patch",
          description: "P.",
          format: { type: "grammar", grammar: { syntax: "lark", definition: "start: A" } },
        },
      },
    ]);
    expect(changes).toEqual([]);
  });

  test.each(["llama-70b", "gpt-4.1", "o3"])("are functions for %s", (model) => {
    const encoded = encode(init, model);
    if (encoded.kind === "refused") throw new Error(encoded.problem.message);
    expect(encoded.customTools).toEqual(["patch"]);
    expect(encoded.body["tools"]).toMatchObject([{ type: "function", function: { name: "patch" } }]);
    expect(encoded.changes.map(({ parameter }) => parameter)).toEqual(["tools[0]"]);
  });
});

describe("a search of the web that another provider would run", () => {
  const search = {
    dialect: "anthropic.messages",
    type: "web_search_20250305",
    json: JSON.stringify({
      type: "web_search_20250305",
      name: "web_search",
      max_uses: 2,
      user_location: { type: "approximate", city: "Oslo" },
    }),
  };
  const init: RequestInit = { tools: [{ kind: { case: "server", value: search } }] };

  test("is asked of a model for searching", () => {
    const encoded = encode(init, "gpt-4o-search-preview");
    if (encoded.kind === "refused") throw new Error(encoded.problem.message);
    expect(encoded.body).toMatchObject({
      web_search_options: { user_location: { type: "approximate", approximate: { city: "Oslo" } } },
    });
    expect(encoded.body).not.toHaveProperty("tools");
    expect(encoded.changes.map(({ detail }) => detail)).toEqual([
      "web_search_20250305 of anthropic.messages is sent as web_search_options, without max_uses",
    ]);
  });

  test("is left out for others, and told", () => {
    expect(encode(init, "gpt-5.5")).toMatchObject({ kind: "encoded", changes: [{ parameter: "tools[0]" }] });
  });
});

describe("parameters", () => {
  test("a stream always asks for usage", () => {
    const encoded = encode({}, "m", true);
    expect(encoded.kind === "encoded" && encoded.body).toMatchObject({
      model: "m",
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(written({}).body).not.toHaveProperty("stream_options");
  });

  test("what OpenAI has no field for is reported", () => {
    expect(written({ topK: 5 }).changes).toEqual(["top_k"]);
    expect(written({ extensions: [{ dialect: "anthropic.messages", field: "container", json: "1" }] }).changes).toEqual(
      ["container"],
    );
  });

  test.each<readonly [RequestInit["reasoning"], string, string | undefined, readonly string[]]>([
    [{ effort: "high" }, "gpt-5.5", "high", []],
    [{ effort: "max" }, "gpt-5.5", "xhigh", ["effort"]],
    [{ effort: "max" }, "gpt-5.6", "max", []],
    [{ effort: "max" }, "llama", "max", []],
    [{ enabled: true, budgetTokens: 2048 }, "gpt-5.5", "low", ["thinking.budget_tokens"]],
    [{ enabled: true, budgetTokens: 32000 }, "gpt-5.5", "high", ["thinking.budget_tokens"]],
    [{ enabled: false }, "gpt-5.5", "none", ["thinking"]],
    [{ enabled: false }, "o3", "low", ["thinking"]],
    [{ enabled: false }, "gpt-4o", undefined, []],
    [{ effort: "low" }, "gpt-4o", undefined, ["effort"]],
    [{ enabled: true, adaptive: true }, "gpt-5.5", undefined, ["thinking"]],
    [{ effort: "low", summary: "auto" }, "gpt-5.5", "low", ["reasoning.summary"]],
  ])("reasoning %j for %s", (reasoning, model, effort, changes) => {
    const { body, changes: reported } = written({ reasoning: reasoning ?? {} }, model);
    expect(body["reasoning_effort"]).toBe(effort);
    expect([...reported].sort()).toEqual([...changes].sort());
  });

  test("marks of the prompt cache become OpenAI's own for models that have them", () => {
    const marked: MessageInit = {
      role: Role.USER,
      parts: [{ kind: { case: "text", value: { text: "x" } }, cacheControl: { ttl: "1h" } }],
    };
    const content = (model: string) => {
      const { body, changes } = written({ messages: [marked] }, model);
      return [(body["messages"] as readonly JsonObject[])[0]?.["content"], changes];
    };
    const breakpoint = { type: "text", text: "x", prompt_cache_breakpoint: { mode: "explicit" } };
    expect(content("gpt-5.6")).toEqual([[breakpoint], ["cache_control"]]);
    expect(content("gpt-5.5")).toEqual(["x", ["cache_control"]]);
  });

  test("reasoning models are spared what they refuse", () => {
    const { body, changes } = written({ temperature: 0, topP: 0.5, stopSequences: ["x"] }, "gpt-5.5");
    expect(body).not.toHaveProperty("temperature");
    expect(changes).toEqual(["temperature", "top_p", "stop"]);
    expect(written({ temperature: 1 }, "gpt-5.5")).toMatchObject({ body: { temperature: 1 }, changes: [] });
    expect(written({ temperature: 0 }, "gpt-4o").body["temperature"]).toBe(0);
  });

  test("a schema without a name gets one, and says so", () => {
    const { body, changes } = written({
      responseFormat: { kind: { case: "jsonSchema", value: { schemaJson: "{}" } } },
    });
    expect(body["response_format"]).toEqual({ type: "json_schema", json_schema: { name: "response", schema: {} } });
    expect(changes).toEqual(["response_format.json_schema.name"]);
  });

  test("a tool that another provider runs is left out, and told", () => {
    const kind = {
      case: "server" as const,
      value: { dialect: "anthropic.messages", type: "web_search_20250305", json: "{}" },
    };
    expect(encode({ tools: [{ kind }] })).toMatchObject({ kind: "encoded", changes: [{ parameter: "tools[0]" }] });
  });
});

describe("turns", () => {
  test("results of calls stand before what else the turn says, pictures among them after", () => {
    const result = (id: string): PartsInit[number] => ({
      kind: {
        case: "toolResult",
        value: {
          toolCallId: id,
          isError: true,
          content: [
            { kind: { case: "text", value: { text: id } } },
            {
              kind: {
                case: "image",
                value: { media: { source: { case: "url", value: "https://example.org/a.png" } } },
              },
            },
          ],
        },
      },
    });
    const { messages, changes } = messagesOf({
      role: Role.USER,
      parts: [...(user.parts ?? []), result("a"), result("b")],
    });
    expect(messages.map(({ role }) => role)).toEqual(["tool", "tool", "user"]);
    expect(messages[0]).toEqual({ role: "tool", tool_call_id: "a", content: "a" });
    const picture = { type: "image_url", image_url: { url: "https://example.org/a.png" } };
    expect(messages[2]?.["content"]).toEqual([
      { type: "text", text: "Result of tool call a:" },
      picture,
      { type: "text", text: "Result of tool call b:" },
      picture,
      { type: "text", text: "Hi" },
    ]);
    expect(changes).toEqual(["is_error", "messages[0].content", "messages[0]"]);
  });

  test("pictures of one turn's results follow all of that turn's tool messages", () => {
    const content: PartsInit = [
      { kind: { case: "image", value: { media: { source: { case: "url", value: "https://example.org/a.png" } } } } },
    ];
    const tool = (toolCallId: string): MessageInit => ({
      role: Role.TOOL,
      parts: [{ kind: { case: "toolResult", value: { toolCallId, content } } }],
    });
    const { messages } = messagesOf(tool("a"), tool("b"), { role: Role.ASSISTANT, parts: user.parts ?? [] });
    expect(messages.map(({ role }) => role)).toEqual(["tool", "tool", "user", "assistant"]);
  });

  test("what a provider ran is left out of an earlier turn, and a foreign signature, and said so", () => {
    const { messages, changes } = messagesOf({
      role: Role.ASSISTANT,
      parts: [
        { kind: { case: "reasoning", value: { text: "r", signature: "s", signer: "anthropic" } } },
        { kind: { case: "toolCall", value: { id: "s", tool: "web_search", toolKind: ToolCallKind.SERVER } } },
        { kind: { case: "toolResult", value: { toolCallId: "s", serverType: "web_search_tool_result" } } },
        { kind: { case: "text", value: { text: "x" } } },
        { kind: { case: "opaque", value: { dialect: "anthropic.messages", type: "mcp_tool_use" } } },
      ],
    });
    expect(messages).toEqual([{ role: "assistant", content: "x", reasoning_content: "r" }]);
    expect(changes).toEqual([
      "messages[0].content[1]",
      "messages[0].content[2]",
      "messages[0].content[4]",
      "messages[0].reasoning",
    ]);
  });

  test("an assistant's turn at the end is reported, unless this dialect's client asks to go on with it", () => {
    const last: MessageInit = { role: Role.ASSISTANT, parts: [{ kind: { case: "text", value: { text: "Once" } } }] };
    expect(written({ messages: [user, last] }).changes).toEqual(["messages[1]"]);
    const prefix = { dialect: "openai.chat", field: "prefix", json: "true" };
    const own = written({ messages: [user, { ...last, extensions: [prefix] }] });
    expect(own.changes).toEqual([]);
    expect((own.body["messages"] as readonly JsonObject[])[1]).toEqual({
      role: "assistant",
      content: "Once",
      prefix: true,
    });
  });

  test.each<readonly [string, PartsInit[number]["kind"]]>([
    ["a picture by file", { case: "image", value: { media: { source: { case: "fileId", value: "file_1" } } } }],
    [
      "a document by address",
      { case: "document", value: { media: { source: { case: "url", value: "https://e.org" } } } },
    ],
    [
      "a document of another provider",
      { case: "document", value: { media: { source: { case: "fileId", value: "file_1" } } } },
    ],
    ["sound by address", { case: "audio", value: { media: { source: { case: "url", value: "https://e.org" } } } }],
    ["a piece of another dialect", { case: "opaque", value: { dialect: "anthropic.messages", type: "search_result" } }],
  ])("%s is refused in a user's turn", (_, kind) => {
    const { parameter, message } = refusal([{ kind: kind ?? { case: undefined } }]);
    expect(parameter).toBe("messages[0].content[0]");
    expect(message).not.toBe("");
  });
});
