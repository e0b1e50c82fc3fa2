import { ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import type { DialectName } from "../../src/dialect.ts";
import {
  assistant,
  call,
  feature,
  image,
  inline,
  json,
  kindsOf,
  type RequestFeature,
  result,
  results,
  some,
  text,
  toolTurn,
  user,
  weather,
} from "./request-feature.ts";

/** What a request may say of tools, their calls and their results. */
export const toolFeatures: readonly RequestFeature[] = [
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
      tools: [weather],
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
      tools: [weather],
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
