/** The levels of `thinkingLevel`, from the least. */
export const thinkingLevels = ["minimal", "low", "medium", "high"] as const;

export type ThinkingLevel = (typeof thinkingLevels)[number];

/**
 * How a model is told how much to think. `none`: it does not think, or cannot be told. `budget`: `thinkingBudget`, in tokens; -1 leaves it
 * to the model, 0 turns thinking off where it can be (`off`). `level`: `thinkingLevel`; it always thinks.
 */
export type ThinkingTrait =
  | { readonly kind: "none" }
  | { readonly kind: "budget"; readonly min: number; readonly max: number; readonly off: boolean }
  | { readonly kind: "level"; readonly levels: readonly ThinkingLevel[] };

/**
 * What a model of Google's takes, told from its name, so that a request made for another provider's model is adapted and not refused with a
 * 400. A number that is not known here is taken for the newest. Sources, all seen 2026-11-22:
 *
 * - budgets and levels: docs.cloud.google.com/vertex-ai/generative-ai/docs/thinking and ai.google.dev/gemini-api/docs/thinking; that 3.7 Flash
 *   and later, and 3 Pro and 3.1 Pro, refuse `MINIMAL`: answers kept in vercel/ai, packages/google/src/__fixtures__
 *   (google-gemini-3.7-flash-thinking-levels.json, issue-22372-live-errors.json); that 2.0 and 2.5 Flash Image refuse any thinking
 *   configuration: googleapis/js-genai#681, epam/ai-dial-adapter-vertexai#407;
 * - sampling that is ignored, penalties that are refused, and a last turn of the model's that is refused, from 3.6 Flash and 3.5 Flash-Lite on:
 *   docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini/3-5-flash-lite, langchain-ai/langchain-google#1897;
 * - penalties on 2.5, which the Gemini API refuses: vercel/ai, packages/google/src/google-language-model.ts;
 * - one candidate from 3 on: Google's guide to 3.6 Flash, as told in dev.to/develmilk; up to 8 before: ai.google.dev/api/generate-content;
 * - signatures of function calls: ai.google.dev/gemini-api/docs/thought-signatures; that image models do not demand them:
 *   docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures;
 * - pictures within function responses, and JSON beside functions, from 3 on: ai.google.dev/gemini-api/docs/function-calling and gemini-3;
 *   the refusal before: vercel/ai, packages/google/src/__fixtures__/issue-10023-output-with-tools-error.json;
 * - functions beside tools that Google runs, from 3 on: ai.google.dev/gemini-api/docs/tool-combination, and each model tried in
 *   prism-php/prism#972;
 * - Gemma takes no system instruction: vercel/ai, packages/google/src/convert-to-google-messages.ts.
 */
export interface ModelTraits {
  readonly thinking: ThinkingTrait;
  /** Refuses function calls of the current turn that come back without their signature. */
  readonly demandsSignatures: boolean;
  /** Takes `parts` in a function response. */
  readonly resultParts: boolean;
  /** Heeds `temperature`, `topP` and `topK`. */
  readonly sampling: boolean;
  /** Takes `presencePenalty` and `frequencyPenalty`. */
  readonly penalties: boolean;
  /** The most answers that it gives at once. */
  readonly candidates: number;
  /** Takes a conversation that ends with the model's turn. */
  readonly prefill: boolean;
  /** Takes a JSON format beside functions. */
  readonly formatWithFunctions: boolean;
  readonly systemInstruction: boolean;
  /** Takes functions beside tools that Google runs. */
  readonly functionsWithSearch: boolean;
  /** Takes the calling mode VALIDATED. */
  readonly validatedCalls: boolean;
}

/** A model whose name says nothing: everything is sent as it stands, and its provider judges. */
const unknown: ModelTraits = {
  thinking: { kind: "budget", min: 0, max: 65_536, off: true },
  demandsSignatures: false,
  resultParts: false,
  sampling: true,
  penalties: true,
  candidates: 8,
  prefill: true,
  formatWithFunctions: true,
  systemInstruction: true,
  functionsWithSearch: true,
  validatedCalls: true,
};

const none: ThinkingTrait = { kind: "none" };
const numbered = /(?:^|[/@])gemini-(\d{1,2})(?:\.(\d{1,2}))?(?:-|$)/;
const latest = /(?:^|\/)gemini-(pro|flash|flash-lite)-latest$/;

/** `model` is the provider's name, with or without `models/` or a publisher before it. */
export function readModelTraits(model: string): ModelTraits {
  const name = model.toLowerCase();
  if (/(?:^|\/)gemma/.test(name)) {
    return { ...unknown, thinking: none, formatWithFunctions: false, systemInstruction: false, validatedCalls: false };
  }
  const version = readVersion(name);
  if (version === undefined) return unknown;
  const isLite = name.includes("flash-lite");
  const fixed = version >= (isLite ? 305 : 306);
  const isThree = version >= 300;
  return {
    thinking: readThinking(name, version),
    demandsSignatures: isThree && !name.includes("image"),
    resultParts: isThree,
    sampling: !fixed,
    penalties: !fixed && (version < 205 || isThree),
    candidates: isThree ? 1 : 8,
    prefill: !fixed,
    formatWithFunctions: isThree,
    systemInstruction: true,
    functionsWithSearch: isThree,
    validatedCalls: version >= 205,
  };
}

/** `2.5` as 205. The newest Pro is 3.1, the newest Flash 3.8. Undefined: the name says none. */
function readVersion(name: string): number | undefined {
  const match = numbered.exec(name);
  if (match !== null) return Number(match[1]) * 100 + Number(match[2] ?? 0);
  const alias = latest.exec(name);
  return alias === null ? undefined : alias[1] === "pro" ? 301 : 308;
}

function readThinking(name: string, version: number): ThinkingTrait {
  const isImage = name.includes("image");
  if (version < 205 || /-(?:tts|live|native-audio|embedding)/.test(name)) return none;
  if (version < 300) {
    if (isImage) return none;
    if (name.includes("2.5-pro")) return { kind: "budget", min: 128, max: 32_768, off: false };
    if (name.includes("flash-lite")) return { kind: "budget", min: 512, max: 24_576, off: true };
    if (name.includes("flash")) return { kind: "budget", min: 1, max: 24_576, off: true };
    return { kind: "budget", min: 512, max: 24_576, off: false };
  }
  if (isImage) return name.includes("flash") ? { kind: "level", levels: ["minimal", "high"] } : none;
  if (/-pro(?:-|$)/.test(name)) return { kind: "level", levels: version < 301 ? ["low", "high"] : lowAndMore };
  if (name.includes("flash-lite")) return { kind: "level", levels: thinkingLevels };
  return { kind: "level", levels: version < 307 && name.includes("flash") ? thinkingLevels : lowAndMore };
}

const lowAndMore: readonly ThinkingLevel[] = ["low", "medium", "high"];
