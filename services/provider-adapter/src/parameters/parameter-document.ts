import { type DialectName, dialects, type JsonObject, type ParameterEdit } from "@sluice/dialects";
import { leftOutNames, limitNames } from "./changeable.ts";

/** What a dialect's table asks of which models: parts of requests, each put on top of a request that every model takes. */
type Question = {
  readonly dialect: DialectName;
  /** Where the knowledge stands, with its sources and their dates. */
  readonly knownIn: string;
  readonly models: readonly string[];
  readonly base: JsonObject;
  readonly parts: readonly JsonObject[];
};

const claudes = [
  ...["claude-3-5-haiku-latest", "claude-sonnet-4-0", "claude-sonnet-4-5", "claude-opus-4-5", "claude-opus-4-6"],
  ...["claude-opus-4-7", "claude-sonnet-5", "claude-opus-5-5"],
];

const questions: readonly Question[] = [
  {
    dialect: "openai.chat",
    knownIn: "openai-models",
    models: [
      "gpt-4.1",
      "o3",
      "o4-mini",
      "gpt-5",
      "gpt-5-chat-latest",
      "gpt-5.1",
      "gpt-5.4",
      "gpt-5.5",
      "gpt-5.6",
      "llama-70b",
    ],
    base: {},
    parts: [
      { max_tokens: 100 },
      { temperature: 0.2 },
      { top_p: 0.5 },
      { frequency_penalty: 0.5 },
      { logit_bias: { "1": 1 } },
      { logprobs: true },
      { stop: ["a", "b", "c", "d", "e"] },
      { parallel_tool_calls: false },
      ...["none", "minimal", "low", "xhigh", "max"].map((effort) => ({ reasoning_effort: effort })),
      { temperature: 0.2, reasoning_effort: "none" },
    ],
  },
  {
    dialect: "openai.responses",
    knownIn: "openai-models",
    models: ["gpt-4.1", "o3", "o4-mini", "gpt-5", "gpt-5.1", "gpt-5.4", "gpt-5.5", "gpt-5.6", "llama-70b"],
    base: {},
    parts: [
      { temperature: 0.2 },
      { top_p: 0.5 },
      { top_logprobs: 2 },
      { max_output_tokens: 5 },
      { text: { verbosity: "low" } },
      ...["none", "minimal", "low", "xhigh", "max"].map((effort) => ({ reasoning: { effort } })),
    ],
  },
  {
    dialect: "anthropic.messages",
    knownIn: "anthropic-messages",
    models: [...claudes, "another-model"],
    base: { max_tokens: 4_000 },
    parts: [
      { max_tokens: null },
      { temperature: 0.2 },
      { temperature: 1.5 },
      { temperature: 0.2, top_p: 0.5 },
      { top_k: 5 },
      { thinking: { type: "enabled", budget_tokens: 2_000 } },
      { thinking: { type: "adaptive" } },
      { thinking: { type: "disabled" } },
      { thinking: { type: "enabled", budget_tokens: 2_000 }, temperature: 0.2 },
      { thinking: { type: "enabled", budget_tokens: 9_000 } },
      { tool_choice: { type: "any" } },
      { stop_sequences: ["a", " "] },
      ...["low", "high", "xhigh", "max"].map((effort) => ({ output_config: { effort } })),
    ],
  },
  {
    dialect: "gemini.generate",
    knownIn: "gemini-generate",
    models: [
      ...["gemini-2.0-flash", "gemini-2.5-flash-lite", "gemini-2.5-flash", "gemini-2.5-pro", "gemini-3-pro-preview"],
      ...["gemini-3.6-flash", "another-model"],
    ],
    base: {},
    parts: [
      { temperature: 0.2 },
      { frequencyPenalty: 0.5 },
      { candidateCount: 2 },
      { responseLogprobs: true },
      { stopSequences: ["a", "b", "c", "d", "e", "f"] },
      ...[0, -1, 100, 50_000].map((thinkingBudget) => ({ thinkingConfig: { thinkingBudget } })),
      ...["minimal", "low", "high"].map((thinkingLevel) => ({ thinkingConfig: { thinkingLevel } })),
    ].map((generationConfig) => ({ generationConfig })),
  },
  {
    dialect: "bedrock.converse",
    knownIn: "bedrock-converse",
    models: [
      ...["anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-opus-4-7-v1:0", "amazon.nova-pro-v1:0"],
      ...["meta.llama3-3-70b-instruct-v1:0", "mistral.mistral-large-2407-v1:0", "deepseek.r1-v1:0"],
    ],
    base: {},
    parts: [
      { inferenceConfig: { temperature: 0.2 } },
      { inferenceConfig: { temperature: 0.2, topP: 0.5 } },
      { inferenceConfig: { stopSequences: ["a", "b", "c", "d", "e"] } },
      { additionalModelRequestFields: { top_k: 5 } },
    ],
  },
  {
    dialect: "cohere.chat",
    knownIn: "cohere-chat",
    models: [
      "command-r-08-2024",
      "command-r7b-12-2024",
      "command-a-03-2025",
      "command-a-reasoning-08-2025",
      "another-model",
    ],
    base: {},
    parts: [
      { temperature: 1.5 },
      { p: 1 },
      { k: 600 },
      { frequency_penalty: 2 },
      { thinking: { type: "enabled" } },
      { tool_choice: "REQUIRED" },
      { safety_mode: "OFF" },
    ],
  },
];

/** PARAMETERS.md: what is known of models, asked of the code that acts on it; written by `npm run generate`. */
export function parameterDocument(): string {
  return [
    "# What models take",
    "",
    "Written by `npm run generate`; do not edit. Each cell is what `adaptRequest` of the dialect does to the part of a request on its left: the",
    "same knowledge serves requests that are translated. Empty: it is sent as it is. Whatever is changed is told in `x-sluice-parameters`,",
    "refused in strict mode and left alone in passthrough. Sources and the days on which they were seen stand with the knowledge. What whole",
    "kinds of providers do stands in [PROVIDERS.md](PROVIDERS.md).",
    "",
    ...questions.flatMap((question) => [...answer(question), ""]),
    "## After a refusal",
    "",
    "What a provider refuses all the same is recognised, changed once, and remembered for the model ([src/parameters](src/parameters)). May be",
    "left out, brought into a range or given another value, in any spelling:",
    "",
    `${list(leftOutNames)}.`,
    "",
    `The limit on output (${list(limitNames)}) may be renamed and lowered, never left out or raised:`,
    "money was reserved for it. Nothing else is changed: messages, tools and their choice, the form of the answer, how many answers, what may be",
    "stored, and what is not known.",
    "",
  ].join("\n");
}

function answer({ dialect, knownIn, models, base, parts }: Question): readonly string[] {
  const columns = new Map<string, { readonly models: string[]; readonly cells: readonly string[] }>();
  for (const model of models) {
    const cells = parts.map((part) =>
      cellOf(dialects[dialect].adaptRequest({ ...base, ...part }, { model, defaultMaxOutputTokens: 8_192 })),
    );
    const key = JSON.stringify(cells);
    const column = columns.get(key) ?? { models: [], cells };
    column.models.push(model);
    columns.set(key, column);
  }
  const all = [...columns.values()];
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    `## ${dialect}`,
    "",
    `From [model-traits.ts](../../libs/dialects/src/${knownIn}/model-traits.ts).`,
    "",
    line(["", ...all.map((column) => column.models.map(code).join(" "))]),
    line(["---", ...all.map(() => "---")]),
    ...parts.map((part, row) => line([code(show(part)), ...all.map(({ cells }) => cells[row] ?? "")])),
  ];
}

function cellOf(edits: readonly ParameterEdit[]): string {
  return edits.map(describeEdit).join("; ");
}

function describeEdit({ path, action }: ParameterEdit): string {
  const name = code(path.at(-1) ?? "");
  switch (action.kind) {
    case "remove":
      return `${name} left out`;
    case "rename":
      return `sent as ${code(action.to)}`;
    case "set":
      return `${name} → ${code(JSON.stringify(action.value))}`;
  }
}

/** A part as it stands in a request, without the braces around it. */
function show(part: JsonObject): string {
  return JSON.stringify(part)
    .slice(1, -1)
    .replaceAll(/"(\w+)":/g, "$1: ")
    .replaceAll(",", ", ");
}

function list(names: readonly string[]): string {
  return names.map(code).join(", ");
}

function code(text: string): string {
  return `\`${text}\``;
}
