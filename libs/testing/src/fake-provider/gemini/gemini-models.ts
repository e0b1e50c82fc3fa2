/** What the fake knows of a Gemini model, told from its name. */
export interface GeminiModel {
  /** How thinking is controlled; none: the model does not think. */
  readonly thinking: "none" | "budget" | "level";
  /** Smallest budget that is not 0 and the largest one. */
  readonly budget: { readonly min: number; readonly max: number };
  /** Budget 0 is accepted. */
  readonly canStopThinking: boolean;
  /** It thinks unless told otherwise. */
  readonly thinksByDefault: boolean;
  /** Levels it accepts. */
  readonly levels: readonly string[];
  /** Function calls of the current turn must come back with their signatures, and are given ids. */
  readonly requiresSignatures: boolean;
  readonly givesCallIds: boolean;
  /** Function calling together with a JSON response. */
  readonly toolsWithJson: boolean;
  readonly penalties: boolean;
  readonly maxOutputTokens: number;
}

/** Listed names; others of the same families are known too (ai.google.dev/gemini-api/docs/models, seen 2026-11-22). */
export const GEMINI_MODELS = [
  "gemini-3.1-pro-preview",
  "gemini-3.1-flash-lite-preview",
  "gemini-3-pro-preview",
  "gemini-3-flash-preview",
  "gemini-2.5-pro",
  "gemini-2.5-flash",
  "gemini-2.5-flash-lite",
  "gemini-2.0-flash",
  "gemini-2.0-flash-lite",
] as const;

export const GEMINI_EMBEDDING_MODELS = ["gemini-embedding-001", "gemini-embedding-2-preview", "text-embedding-004"];

const FAMILY = /^gemini-(\d)(?:\.(\d))?-(pro|flash|flash-lite)(?:-[a-z0-9-]+)?$/;
const LATEST = /^gemini-(pro|flash|flash-lite)-latest$/;

/** A model without restrictions: what fake-* names and added models are treated as. It thinks when told to. */
export const UNRESTRICTED_GEMINI: GeminiModel = {
  thinking: "level",
  budget: { min: 0, max: 1_000_000 },
  canStopThinking: true,
  thinksByDefault: false,
  levels: ["MINIMAL", "LOW", "MEDIUM", "HIGH"],
  requiresSignatures: false,
  givesCallIds: false,
  toolsWithJson: true,
  penalties: true,
  maxOutputTokens: 1_000_000,
};

/** Undefined: no such model. */
export function findGeminiModel(name: string): GeminiModel | undefined {
  const match = FAMILY.exec(name);
  if (match === null) {
    const latest = LATEST.exec(name);
    return latest === null ? undefined : findGeminiModel(`gemini-3.1-${latest[1]}`);
  }
  if (/not-exist|nonexistent|unknown/.test(name)) {
    return undefined;
  }
  const version = Number(`${match[1]}.${match[2] ?? 0}`);
  const size = match[3] ?? "";
  return {
    thinking: version >= 3 ? "level" : version >= 2.5 ? "budget" : "none",
    budget: { min: size === "pro" ? 128 : size === "flash-lite" ? 512 : 1, max: size === "pro" ? 32_768 : 24_576 },
    canStopThinking: version < 3 && size !== "pro",
    thinksByDefault: version >= 3 || (version >= 2.5 && size !== "flash-lite"),
    levels:
      size === "pro" ? (version >= 3.1 ? ["LOW", "MEDIUM", "HIGH"] : ["LOW", "HIGH"]) : UNRESTRICTED_GEMINI.levels,
    requiresSignatures: version >= 3,
    givesCallIds: version >= 3.1,
    toolsWithJson: version >= 3,
    penalties: version < 2.5,
    maxOutputTokens: version >= 2.5 ? 65_536 : 8192,
  };
}

export function isGeminiEmbeddingModel(name: string): boolean {
  return GEMINI_EMBEDDING_MODELS.includes(name) || /^gemini-embedding-\d/.test(name);
}

/** Length of a model's embedding when the request does not set `outputDimensionality`. */
export function geminiEmbeddingDimensions(name: string): number {
  return name.startsWith("text-embedding") ? 768 : 3072;
}
