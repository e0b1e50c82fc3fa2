import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type ChatRequest, ChatRequestSchema, ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { type Part, Role, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { DialectName } from "../../src/dialect.ts";

/** Something that a request may say. */
export type RequestFeature = {
  readonly name: string;
  /** A request that says it. `own`: the dialect of the client, for what each dialect has in a form of its own. */
  readonly request: (own: DialectName) => ChatRequest;
  /** What a request says of it, in a form that is equal where it is the same. Undefined: nothing. */
  readonly probe: (request: ChatRequest) => unknown;
};

type Init = MessageInitShape<typeof ChatRequestSchema>;
type MessageInit = NonNullable<Init["messages"]>[number];
type PartInit = NonNullable<Extract<MessageInit, { parts?: unknown }>["parts"]>[number];

export const text = (value: string): PartInit => ({ kind: { case: "text", value: { text: value } } });
const user = (...parts: PartInit[]): MessageInit => ({ role: Role.USER, parts });
const assistant = (...parts: PartInit[]): MessageInit => ({ role: Role.ASSISTANT, parts });
const results = (...parts: PartInit[]): MessageInit => ({ role: Role.TOOL, parts });

const weather = {
  kind: {
    case: "function",
    value: {
      name: "get_weather",
      description: "Tells the weather",
      parametersJsonSchema: '{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}',
    },
  },
} as const;
const call = (id: string, city: string, more: object = {}): PartInit => ({
  kind: { case: "toolCall", value: { id, tool: "get_weather", arguments: `{"city":"${city}"}`, ...more } },
});
const result = (id: string, ...content: PartInit[]): PartInit => ({
  kind: { case: "toolResult", value: { toolCallId: id, content: content as never, tool: "get_weather" } },
});
const picture = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
const image = (source: object, more: object = {}): PartInit => ({
  kind: { case: "image", value: { media: { mediaType: "image/png", ...source } as never, ...more } },
});
const inline = { source: { case: "inlineData", value: picture } };
const document = (value: object): PartInit => ({ kind: { case: "document", value: value as never } });

/** A conversation with the parameters or messages of a feature. */
function feature(
  name: string,
  init: Init | ((own: DialectName) => Init),
  probe: RequestFeature["probe"],
): RequestFeature {
  return {
    name,
    request: (own) =>
      create(ChatRequestSchema, {
        model: "m",
        messages: [user(text("Hello"))],
        ...(typeof init === "function" ? init(own) : init),
      }),
    probe,
  };
}

const partsOf = (request: ChatRequest): readonly Part[] => request.messages.flatMap((message) => message.parts);
const kindsOf = <K extends Part["kind"]["case"]>(request: ChatRequest, kind: K) =>
  partsOf(request).flatMap((part) =>
    part.kind.case === kind ? [part.kind.value as Extract<Part["kind"], { case: K }>["value"]] : [],
  );
const textsOf = (request: ChatRequest, role: Role): string =>
  request.messages
    .filter((message) => message.role === role)
    .flatMap((message) => message.parts)
    .map((part) => (part.kind.case === "text" ? part.kind.value.text : ""))
    .join("\n");
const json = (value: string): unknown => (value === "" ? undefined : JSON.parse(value));
const some = <T>(values: readonly T[]): readonly T[] | undefined => (values.length === 0 ? undefined : values);
const mediaOf = (kind: "image" | "document" | "audio") => (request: ChatRequest) =>
  some(
    (
      kindsOf(request, kind) as readonly { media?: { source: { case?: string; value?: unknown }; mediaType: string } }[]
    ).map(({ media }) => [
      media?.source.case,
      media?.source.value instanceof Uint8Array ? Buffer.from(media.source.value).toString("hex") : media?.source.value,
    ]),
  );

const toolTurn: Init = {
  tools: [weather],
  messages: [user(text("Weather?")), assistant(call("call_1", "Oslo")), results(result("call_1", text("snow")))],
};

export const requestFeatures: readonly RequestFeature[] = [
  feature(
    "turns of user and model",
    { messages: [user(text("Hi")), assistant(text("Ho")), user(text("Hu?"))] },
    (request) =>
      request.messages
        .filter(({ role }) => role === Role.USER || role === Role.ASSISTANT)
        .map(({ role, parts }) => [
          role,
          parts.map((part) => (part.kind.case === "text" ? part.kind.value.text : part.kind.case)),
        ]),
  ),
  feature(
    "system turn",
    { messages: [{ role: Role.SYSTEM, parts: [text("Be brief")] }, user(text("Hi"))] },
    (request) => textsOf(request, Role.SYSTEM) || textsOf(request, Role.DEVELOPER) || undefined,
  ),
  feature(
    "developer turn",
    { messages: [{ role: Role.DEVELOPER, parts: [text("Be brief")] }, user(text("Hi"))] },
    (request) => textsOf(request, Role.SYSTEM) || textsOf(request, Role.DEVELOPER) || undefined,
  ),
  feature("several parts in a turn", { messages: [user(text("One"), text("Two"))] }, (request) =>
    textsOf(request, Role.USER),
  ),
  feature("model's turn at the end (prefill)", { messages: [user(text("Hi")), assistant(text("Once"))] }, (request) =>
    request.messages.at(-1)?.role === Role.ASSISTANT ? textsOf(request, Role.ASSISTANT) : undefined,
  ),
  feature(
    "participant's name",
    { messages: [{ role: Role.USER, participant: "ada", parts: [text("Hi")] }] },
    (request) => request.messages.at(-1)?.participant || undefined,
  ),
  feature("picture, bytes", { messages: [user(text("What?"), image(inline))] }, mediaOf("image")),
  feature(
    "picture, address",
    { messages: [user(image({ source: { case: "url", value: "https://example.com/a.png" } }))] },
    mediaOf("image"),
  ),
  feature(
    "picture, file id",
    { messages: [user(image({ source: { case: "fileId", value: "file_1" } }))] },
    mediaOf("image"),
  ),
  feature("picture's detail", { messages: [user(image(inline, { detail: "low" }))] }, (request) =>
    some(
      kindsOf(request, "image")
        .map(({ detail }) => detail)
        .filter((detail) => detail !== ""),
    ),
  ),
  feature(
    "sound, bytes",
    {
      messages: [
        user({
          kind: {
            case: "audio",
            value: { media: { source: { case: "inlineData", value: picture }, mediaType: "audio/wav" } },
          },
        }),
      ],
    },
    mediaOf("audio"),
  ),
  feature(
    "document, PDF bytes",
    {
      messages: [
        user(
          text("Read"),
          document({ media: { source: inline.source, mediaType: "application/pdf", filename: "a.pdf" } }),
        ),
      ],
    },
    mediaOf("document"),
  ),
  feature(
    "document, address",
    {
      messages: [
        user(
          text("Read"),
          document({
            media: { source: { case: "url", value: "https://example.com/a.pdf" }, mediaType: "application/pdf" },
          }),
        ),
      ],
    },
    mediaOf("document"),
  ),
  feature(
    "document's title and context",
    {
      messages: [
        user(
          text("Read"),
          document({ media: { source: inline.source, mediaType: "application/pdf" }, title: "T", context: "C" }),
        ),
      ],
    },
    (request) =>
      some(
        kindsOf(request, "document")
          .filter(({ title, context }) => title !== "" || context !== "")
          .map(({ title, context }) => [title, context]),
      ),
  ),
  feature(
    "citations asked for",
    {
      messages: [
        user(
          text("Read"),
          document({ media: { source: inline.source, mediaType: "application/pdf" }, citations: true }),
        ),
      ],
    },
    (request) => some(kindsOf(request, "document").flatMap(({ citations }) => citations ?? [])),
  ),
  feature("functions", { tools: [weather] }, (request) =>
    some(
      request.tools.flatMap(({ kind }) =>
        kind.case === "function"
          ? [[kind.value.name, kind.value.description, json(kind.value.parametersJsonSchema)]]
          : [],
      ),
    ),
  ),
  feature(
    "strict functions",
    { tools: [{ kind: { case: "function", value: { ...weather.kind.value, strict: true } } }] },
    (request) =>
      some(
        request.tools.flatMap(({ kind }) =>
          kind.case === "function" && kind.value.strict !== undefined ? [kind.value.strict] : [],
        ),
      ),
  ),
  feature(
    "custom (free-text) tools",
    { tools: [{ kind: { case: "custom", value: { name: "patch", description: "Applies" } } }] },
    (request) => some(request.tools.flatMap(({ kind }) => (kind.case === "custom" ? [kind.value.name] : []))),
  ),
  feature(
    "web search by the provider",
    (own) => ({ tools: [{ kind: { case: "server", value: serverSearch(own) } }] }),
    (request) =>
      some(
        request.tools.flatMap(({ kind }) =>
          kind.case === "server" ? [/search/i.test(kind.value.type + kind.value.json)] : [],
        ),
      ),
  ),
  ...(
    [
      ["auto", ToolChoiceMode.AUTO],
      ["none", ToolChoiceMode.NONE],
      ["required", ToolChoiceMode.REQUIRED],
    ] as const
  ).map(([word, mode]) =>
    feature(`tool choice: ${word}`, { tools: [weather], toolChoice: { mode } }, (request) => request.toolChoice?.mode),
  ),
  feature(
    "tool choice: one",
    { tools: [weather], toolChoice: { mode: ToolChoiceMode.TOOL, tool: "get_weather" } },
    (request) => (request.toolChoice?.mode === ToolChoiceMode.TOOL ? request.toolChoice.tool : undefined),
  ),
  feature("no parallel calls", { tools: [weather], parallelToolCalls: false }, (request) => request.parallelToolCalls),
  feature("tool calls and results", toolTurn, (request) => [
    kindsOf(request, "toolCall").map((each) => [each.tool, json(each.arguments)]),
    kindsOf(request, "toolResult").map(({ content }) =>
      content.map((part) => (part.kind.case === "text" ? part.kind.value.text : part.kind.case)),
    ),
  ]),
  feature(
    "parallel calls and results",
    {
      tools: [weather],
      messages: [
        user(text("Weather?")),
        assistant(call("call_1", "Oslo"), call("call_2", "Rome")),
        results(result("call_1", text("snow")), result("call_2", text("sun"))),
      ],
    },
    (request) => {
      const calls = kindsOf(request, "toolCall");
      return kindsOf(request, "toolResult").map(({ toolCallId, content }) => [
        json(calls.find(({ id }) => id === toolCallId)?.arguments ?? ""),
        content.map((part) => (part.kind.case === "text" ? part.kind.value.text : "")),
      ]);
    },
  ),
  feature(
    "failed tool result",
    {
      ...toolTurn,
      messages: [
        user(text("Weather?")),
        assistant(call("call_1", "Oslo")),
        results({
          kind: {
            case: "toolResult",
            value: { toolCallId: "call_1", tool: "get_weather", isError: true, content: [text("down") as never] },
          },
        }),
      ],
    },
    (request) => some(kindsOf(request, "toolResult").flatMap(({ isError }) => (isError === true ? [true] : []))),
  ),
  feature(
    "picture in a tool result",
    {
      ...toolTurn,
      messages: [
        user(text("Look")),
        assistant(call("call_1", "Oslo")),
        results(result("call_1", text("here"), image(inline))),
      ],
    },
    (request) =>
      some(
        kindsOf(request, "toolResult").flatMap(({ content }) =>
          content.filter((part) => part.kind.case === "image").map(() => "image"),
        ),
      ),
  ),
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
      ...toolTurn,
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
  feature("class of service", { serviceTier: "auto" }, (request) => request.serviceTier || undefined),
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

/** Each dialect's own web search. */
function serverSearch(own: DialectName) {
  const declarations: Partial<Record<DialectName, { type: string; name: string; json: string }>> = {
    "openai.chat": { type: "web_search_options", name: "web_search", json: "{}" },
    "openai.responses": { type: "web_search", name: "web_search", json: '{"type":"web_search"}' },
    "anthropic.messages": {
      type: "web_search_20250305",
      name: "web_search",
      json: '{"type":"web_search_20250305","name":"web_search"}',
    },
    "gemini.generate": { type: "googleSearch", name: "", json: "{}" },
  };
  return { dialect: own, ...(declarations[own] ?? { type: "web_search", name: "web_search", json: "{}" }) };
}
