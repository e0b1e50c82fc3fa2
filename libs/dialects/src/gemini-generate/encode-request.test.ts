import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatRequestSchema, ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { type PartSchema, Role } from "@sluice/api/sluice/chat/v1/content";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { encodeRequest } from "./encode-request.ts";

type Init = MessageInitShape<typeof ChatRequestSchema>;
type PartInit = MessageInitShape<typeof PartSchema>;

const newest = "gemini-3.8-flash";
const older = "gemini-2.5-flash";

function text(value: string): PartInit {
  return { kind: { case: "text", value: { text: value } } };
}

function call(id: string, signature = "", signer = ""): PartInit {
  return { kind: { case: "toolCall", value: { id, tool: `tool_${id}`, arguments: "{}", signature, signer } } };
}

function result(toolCallId: string, content: PartInit[] = [text("ok")]): PartInit {
  return { kind: { case: "toolResult", value: { toolCallId, content: content as never } } };
}

const user = { role: Role.USER, parts: [text("Hello")] };

function encode(init: Init, model = newest) {
  const request = create(ChatRequestSchema, { model: "chat", messages: [user], ...init });
  const encoded = encodeRequest(request, { model, stream: false, defaultMaxOutputTokens: 1 });
  if (encoded.kind === "refused") return { refused: encoded.problem.parameter, body: {} as JsonObject, changes: [] };
  const changes = encoded.changes.map(({ parameter }) => parameter);
  return { refused: undefined, body: encoded.body, changes };
}

function contents(init: Init, model?: string) {
  return encode(init, model).body["contents"] as readonly { role: string; parts: readonly JsonObject[] }[];
}

describe("the conversation", () => {
  test("results of several messages stand in one turn, by the names of their calls", () => {
    const messages = [
      user,
      { role: Role.ASSISTANT, parts: [call("a"), call("b")] },
      { role: Role.TOOL, parts: [result("a")] },
      { role: Role.TOOL, parts: [result("b")] },
      { role: Role.USER, parts: [text("And?")] },
    ];
    const [, , last] = contents({ messages });
    expect(
      last?.parts.map((part) => (part["functionResponse"] as JsonObject | undefined)?.["name"] ?? part["text"]),
    ).toEqual(["tool_a", "tool_b", "And?"]);
  });

  test("a result of no known call is refused", () => {
    expect(encode({ messages: [user, { role: Role.TOOL, parts: [result("x")] }] }).refused).toBe(
      "messages[1].content[0]",
    );
  });

  test("instructions amid it join those at its head, reported", () => {
    const messages = [
      { role: Role.SYSTEM, parts: [text("Be brief.")] },
      user,
      { role: Role.DEVELOPER, parts: [text("Be kind.")] },
      user,
    ];
    const { body, changes } = encode({ messages });
    expect(body["systemInstruction"]).toEqual({ parts: [{ text: "Be brief." }, { text: "Be kind." }] });
    expect(body["contents"]).toEqual([{ role: "user", parts: [{ text: "Hello" }, { text: "Hello" }] }]);
    expect(changes).toEqual(["messages[2].role"]);
  });

  test("instructions alone are the user's words", () => {
    const { body, changes } = encode({ messages: [{ role: Role.SYSTEM, parts: [text("Say hi.")] }] });
    expect(body).toMatchObject({ contents: [{ role: "user", parts: [{ text: "Say hi." }] }] });
    expect(body).not.toHaveProperty("systemInstruction");
    expect(changes).toEqual(["messages[0].role"]);
  });

  test("Gemma is told instructions by the user", () => {
    const messages = [{ role: Role.SYSTEM, parts: [text("Be brief.")] }, user];
    const { body, changes } = encode({ messages }, "gemma-3-27b-it");
    expect(body).toEqual({ contents: [{ role: "user", parts: [{ text: "Be brief." }, { text: "Hello" }] }] });
    expect(changes).toEqual(["system"]);
  });

  test("the model's turn at the end is continued where it can be", () => {
    const messages = [user, { role: Role.ASSISTANT, parts: [text("Once")] }];
    expect(contents({ messages }, older).at(-1)?.role).toBe("model");
    expect(encode({ messages }).refused).toBe("messages");
  });

  test("pictures of a result stand in it, or after it for older models", () => {
    const image: PartInit = {
      kind: {
        case: "image",
        value: { media: { source: { case: "inlineData", value: new Uint8Array([1]) }, mediaType: "image/png" } },
      },
    };
    const messages = [
      user,
      { role: Role.ASSISTANT, parts: [call("a")] },
      { role: Role.TOOL, parts: [result("a", [text("see"), image])] },
    ];
    const data = { inlineData: { mimeType: "image/png", data: "AQ==" } };
    expect(contents({ messages }).at(-1)?.parts).toEqual([
      { functionResponse: { id: "a", name: "tool_a", response: { output: "see" }, parts: [data] } },
    ]);
    expect(contents({ messages }, older).at(-1)?.parts).toEqual([
      { functionResponse: { id: "a", name: "tool_a", response: { output: "see" } } },
      { text: "Result of tool_a:" },
      data,
    ]);
    expect(encode({ messages }, older).changes).toEqual(["messages[2].content[0].content"]);
  });

  test.each([
    ["sunny", { output: "sunny" }],
    ['{"t":3}', { t: 3 }],
    ['{"output":1}', { output: { output: 1 } }],
    ['{"error":1,"t":3}', { output: { error: 1, t: 3 } }],
    ["{}", { output: "{}" }],
    ["[1]", { output: "[1]" }],
    ["{broken", { output: "{broken" }],
  ])("a result %s", (said, response) => {
    const messages = [
      user,
      { role: Role.ASSISTANT, parts: [call("a")] },
      { role: Role.TOOL, parts: [result("a", [text(said)])] },
    ];
    expect(contents({ messages }).at(-1)?.parts[0]).toMatchObject({ functionResponse: { response } });
  });

  test("an address of no known type is guessed, and said so", () => {
    const media = (url: string) => ({ source: { case: "url" as const, value: url } });
    const picture = (url: string): PartInit => ({ kind: { case: "image", value: { media: media(url) } } });
    const messages = [
      {
        role: Role.USER,
        parts: [picture("https://x/a.png?w=1"), picture("https://x/b"), picture("data:image/gif;base64,AA==")],
      },
    ];
    expect(contents({ messages })[0]?.parts).toEqual([
      { fileData: { mimeType: "image/png", fileUri: "https://x/a.png?w=1" } },
      { fileData: { mimeType: "image/jpeg", fileUri: "https://x/b" } },
      { inlineData: { mimeType: "image/gif", data: "AA==" } },
    ]);
    expect(encode({ messages }).changes).toEqual(["messages[0].content[1].mimeType"]);
  });

  test("another provider's files are refused", () => {
    const media = { source: { case: "fileId" as const, value: "file-abc" } };
    expect(
      encode({ messages: [{ role: Role.USER, parts: [{ kind: { case: "document", value: { media } } }] }] }).refused,
    ).toBe("messages[0].content[0]");
  });
});

describe("signatures of calls", () => {
  const skip = "skip_thought_signature_validator";
  const signatures = (messages: Init["messages"], model?: string) =>
    contents({ messages: messages ?? [] }, model).flatMap(({ parts }) =>
      parts.filter((part) => part["functionCall"] !== undefined).map((part) => part["thoughtSignature"]),
    );
  const step = (...calls: PartInit[]) => ({ role: Role.ASSISTANT, parts: calls });
  const answer = (...ids: string[]) => ({ role: Role.TOOL, parts: ids.map((id) => result(id)) });

  test("Google's are sent as they are, in each step, and siblings need none", () => {
    const messages = [
      user,
      step(call("a", "c2ln", "google"), call("b")),
      answer("a", "b"),
      step(call("c", "c2hu", "google")),
      answer("c"),
    ];
    expect(signatures(messages)).toEqual(["c2ln", undefined, "c2hu"]);
    expect(encode({ messages }).changes).toEqual([]);
  });

  test("calls of other models in the current turn pass unsigned, reported", () => {
    const messages = [
      user,
      step(call("a")),
      answer("a"),
      user,
      step(call("b"), call("c")),
      answer("b", "c"),
      step(call("d", "x", "anthropic")),
      answer("d"),
    ];
    expect(signatures(messages)).toEqual([undefined, skip, undefined, skip]);
    expect(encode({ messages }).changes).toEqual([
      "messages[6].content[0].signature",
      "contents[3].parts[0].thoughtSignature",
      "contents[5].parts[0].thoughtSignature",
    ]);
  });

  test("models that demand none get none", () => {
    expect(signatures([user, step(call("a")), answer("a")], older)).toEqual([undefined]);
  });
});

describe("reasoning of earlier turns", () => {
  const reasoned = (value: Record<string, string>): Init => ({
    messages: [user, { role: Role.ASSISTANT, parts: [{ kind: { case: "reasoning", value } }, text("Yes.")] }, user],
  });
  test.each([
    [
      { text: "Hm.", signature: "c2ln", signer: "google" },
      [{ text: "Hm.", thought: true, thoughtSignature: "c2ln" }],
      [],
    ],
    [{ text: "Hm." }, [{ text: "Hm.", thought: true }], []],
    [
      { text: "Hm.", signature: "x", signer: "anthropic" },
      [{ text: "Hm.", thought: true }],
      ["messages[1].content[0].reasoning.signature"],
    ],
    [{ redactedData: "x", signer: "anthropic" }, [], ["messages[1].content[0].reasoning.signature"]],
    [{ text: "Hm.", signature: "x" }, [{ text: "Hm.", thought: true }], ["messages[1].content[0].reasoning.signature"]],
  ])("%j", (value, thoughts, changes) => {
    expect(contents(reasoned(value))[1]?.parts).toEqual([...thoughts, { text: "Yes." }]);
    expect(encode(reasoned(value)).changes).toEqual(changes);
  });

  test("a model that does not think is told none", () => {
    expect(encode(reasoned({ text: "Hm." }), "gemini-2.0-flash").changes).toEqual(["messages[1].content[0].reasoning"]);
  });
});

describe("tools", () => {
  const tool = (name: string, schema: JsonObject = {}, strict?: boolean) => ({
    kind: {
      case: "function" as const,
      value: { name, parametersJsonSchema: JSON.stringify(schema), ...(strict === undefined ? {} : { strict }) },
    },
  });
  const config = (init: Init, model?: string) =>
    (encode(init, model).body["toolConfig"] as JsonObject | undefined)?.["functionCallingConfig"];

  test("what Google does not heed of a schema is named, and const becomes an enum", () => {
    const schema = {
      type: "object",
      properties: { kind: { const: "x" }, name: { type: "string", pattern: "^a", minLength: 1, default: "a" } },
      $defs: { y: { anyOf: [{ type: "string", maxLength: 3 }] } },
    };
    const { body, changes } = encode({ tools: [tool("f", schema)] });
    expect(body["tools"]).toMatchObject([
      {
        functionDeclarations: [
          { parametersJsonSchema: { properties: { kind: { enum: ["x"] }, name: { pattern: "^a" } } } },
        ],
      },
    ]);
    expect(changes).toEqual(["tools[0].function.parameters", "tools[0].function.parameters"]);
    const request = create(ChatRequestSchema, { model: "chat", messages: [user], tools: [tool("f", schema)] });
    const encoded = encodeRequest(request, { model: newest, stream: false, defaultMaxOutputTokens: 1 });
    if (encoded.kind === "refused") throw new Error("refused");
    expect(encoded.changes.map(({ detail }) => detail)).toEqual([
      "const sent as an enum of one",
      "not enforced by Google: maxLength, minLength, pattern",
    ]);
  });

  test.each([
    [ToolChoiceMode.AUTO, undefined, { mode: "AUTO" }],
    [ToolChoiceMode.NONE, true, { mode: "NONE" }],
    [ToolChoiceMode.REQUIRED, true, { mode: "ANY" }],
    [ToolChoiceMode.TOOL, true, { mode: "ANY", allowedFunctionNames: ["f"] }],
    [ToolChoiceMode.AUTO, true, { mode: "VALIDATED" }],
  ])("a choice of %i, strict: %s", (mode, strict, expected) => {
    expect(config({ tools: [tool("f", {}, strict)], toolChoice: { mode, tool: "f" } })).toEqual(expected);
  });

  test("strict alone holds calls to their schemas where the model can be held", () => {
    expect(config({ tools: [tool("f", {}, true)] })).toEqual({ mode: "VALIDATED" });
    expect(config({ tools: [tool("f", {}, true)] }, "gemini-2.0-flash")).toBeUndefined();
    expect(encode({ tools: [tool("f", {}, true)] }, "gemini-2.0-flash").changes).toEqual(["tools[0].function.strict"]);
  });

  test("a choice without functions is left out", () => {
    const { body, changes } = encode({ toolChoice: { mode: ToolChoiceMode.REQUIRED } });
    expect(body).not.toHaveProperty("toolConfig");
    expect(changes).toEqual(["tool_choice"]);
  });

  test("names that Google does not take are refused; tools that others run are left out", () => {
    expect(encode({ tools: [tool("1password")] }).refused).toBe("tools[0].function.name");
    const value = { dialect: "anthropic.messages", type: "code_execution_20250825", json: "{}" };
    expect(encode({ tools: [{ kind: { case: "server", value } }] })).toMatchObject({ refused: undefined });
  });

  describe("a search of the web", () => {
    const json = '{"type":"web_search_20250305","name":"web_search","max_uses":3,"blocked_domains":["b.org"]}';
    const value = { dialect: "anthropic.messages", type: "web_search_20250305", json };
    const search = { kind: { case: "server" as const, value } };

    test("is Google's, and what Google cannot be told is named", () => {
      const request = create(ChatRequestSchema, { model: "chat", messages: [user], tools: [search] });
      const encoded = encodeRequest(request, { model: newest, stream: false, defaultMaxOutputTokens: 1 });
      expect(encoded).toMatchObject({ kind: "encoded", body: { tools: [{ googleSearch: {} }] } });
      expect(encoded.kind === "encoded" && encoded.changes).toMatchObject([
        { parameter: "tools[0]", detail: expect.stringMatching(/, without blocked_domains, max_uses$/) },
      ]);
      expect(encoded).not.toHaveProperty("body.toolConfig");
    });

    test("is what OpenAI's options ask for", () => {
      const asked = { dialect: "openai.chat", field: "web_search_options", json: "{}" };
      const { body, changes } = encode({ extensions: [asked] }, older);
      expect(body["tools"]).toEqual([{ googleSearch: {} }]);
      expect(changes).toEqual(["tools[0]"]);
    });

    test.each([
      [undefined, { mode: "VALIDATED" }],
      [ToolChoiceMode.AUTO, { mode: "VALIDATED" }],
      [ToolChoiceMode.NONE, { mode: "NONE" }],
      [ToolChoiceMode.REQUIRED, { mode: "ANY" }],
    ])("stands beside functions where the model takes both: choice %s", (mode, functionCallingConfig) => {
      const toolChoice = mode === undefined ? {} : { toolChoice: { mode } };
      const { body } = encode({ tools: [tool("f"), search], ...toolChoice });
      expect(body["toolConfig"]).toEqual({ functionCallingConfig, includeServerSideToolInvocations: true });
    });

    test("is left out beside functions where the model takes not both", () => {
      const { body, changes } = encode({ tools: [tool("f"), search] }, older);
      expect(body["tools"]).toMatchObject([{ functionDeclarations: [{ name: "f" }] }]);
      expect(body).not.toHaveProperty("toolConfig");
      expect(changes).toEqual(["tools[1]"]);
    });
  });

  test("JSON beside functions is refused where the model takes not both", () => {
    const responseFormat = { kind: { case: "jsonObject" as const, value: {} } };
    expect(encode({ tools: [tool("f")], responseFormat }, older).refused).toBe("response_format");
    expect(encode({ tools: [tool("f")], responseFormat }).body).toMatchObject({
      generationConfig: { responseMimeType: "application/json" },
    });
  });
});

test("a request that goes on from what another provider keeps is refused", () => {
  const extensions = [{ dialect: "openai.responses", field: "previous_response_id", json: '"resp_1"' }];
  expect(encode({ extensions }).refused).toBe("previous_response_id");
});

describe("parameters", () => {
  const config = (init: Init, model?: string) => encode(init, model).body["generationConfig"];

  test.each<[string, Init, JsonObject | undefined, string[]]>([
    [newest, { temperature: 0.5, topP: 0.9, topK: 3 }, undefined, ["temperature", "top_p", "top_k"]],
    [older, { temperature: 0.5, topP: 0.9, topK: 3 }, { temperature: 0.5, topP: 0.9, topK: 3 }, []],
    [older, { frequencyPenalty: 1, presencePenalty: 0 }, undefined, ["frequency_penalty"]],
    [older, { stopSequences: ["1", "2", "3", "4", "5", "6"] }, { stopSequences: ["1", "2", "3", "4", "5"] }, ["stop"]],
    [older, { logprobs: true, topLogprobs: 50 }, { responseLogprobs: true, logprobs: 20 }, ["top_logprobs"]],
    [older, { candidateCount: 4 }, { candidateCount: 4 }, []],
    [newest, { candidateCount: 1 }, undefined, []],
    [
      older,
      { logitBias: { 5: 1 }, endUser: "u", parallelToolCalls: false },
      undefined,
      ["parallel_tool_calls", "logit_bias", "user"],
    ],
    [older, { outputModalities: ["text", "image"] }, { responseModalities: ["TEXT", "IMAGE"] }, []],
  ])("%s %j", (model, init, expected, changes) => {
    expect(config(init, model)).toEqual(expected);
    expect(encode(init, model).changes).toEqual(changes);
  });

  test("a seed of more than 32 bits is cut, always in the same way", () => {
    expect(config({ seed: 2n ** 40n + 5n }, older)).toEqual({ seed: 5 });
    expect(encode({ seed: 2n ** 40n + 5n }, older).changes).toEqual(["seed"]);
    expect(encode({ seed: -7n }, older)).toMatchObject({ body: { generationConfig: { seed: -7 } }, changes: [] });
  });

  test("more answers than the model gives are refused", () => {
    expect(encode({ candidateCount: 2 }).refused).toBe("n");
    expect(encode({ candidateCount: 9 }, older).refused).toBe("n");
  });

  test("labels and classes of service are Google's, or reported", () => {
    const { body, changes } = encode({ metadata: { team: "a", "Cost Center": "B" }, serviceTier: "default" });
    expect(body).toMatchObject({ labels: { team: "a" }, serviceTier: "standard" });
    expect(changes).toEqual(["metadata.Cost Center", "service_tier"]);
  });

  test("an extension sets nothing that the hub governs, in neither way of writing", () => {
    const own = (field: string, json: string) => ({ dialect: "gemini.generate", field, json });
    const { body, changes } = encode({
      maxOutputTokens: 5,
      extensions: [
        own("generationConfig.maxOutputTokens", "90000"),
        own("generation_config.max_output_tokens", "90000"),
        own("generation_config", '{"maxOutputTokens":90000}'),
        own("generationConfig.candidate_count", "8"),
        own("contents", "[]"),
        own("generationConfig.speech_config", '{"languageCode":"no"}'),
        own("safetySettings", "[]"),
      ],
    });
    expect(body).toEqual({
      contents: [{ role: "user", parts: [{ text: "Hello" }] }],
      generationConfig: { maxOutputTokens: 5, speechConfig: { languageCode: "no" } },
      safetySettings: [],
    });
    expect(changes).toHaveLength(5);
  });
});
