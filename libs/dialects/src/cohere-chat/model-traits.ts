/**
 * What a Cohere model takes, told from its name, so that a request made for another provider's model is adapted and not refused with a 400.
 * Of a name that is not Cohere's nothing is presumed: everything is sent as it stands, and its provider judges.
 *
 * Thinking: the models of docs.cohere.com/docs/reasoning; `tool_choice` from command-r7b, `safety_mode` from the models of 08-2024, without OFF
 * from command-r7b: comments of the SDK's types (npm `cohere-ai` 8.1.0; all seen 2026-11-22).
 */
export type ModelTraits = {
  /** Whether it has `thinking`. Undefined: not known. */
  readonly thinking: boolean | undefined;
  readonly toolChoice: boolean;
  /** Values of `safety_mode`. Undefined: all. Empty: it takes none. */
  readonly safetyModes: readonly string[] | undefined;
};

const unknown: ModelTraits = { thinking: undefined, toolChoice: true, safetyModes: undefined };

export function readModelTraits(model: string): ModelTraits {
  const name = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
  if (/^command-(?:a-reasoning|a-plus)/.test(name)) {
    return { thinking: true, toolChoice: true, safetyModes: ["CONTEXTUAL", "STRICT"] };
  }
  if (/^command-(?:a|r7b)(?:-|$)/.test(name)) {
    return { thinking: false, toolChoice: true, safetyModes: ["CONTEXTUAL", "STRICT"] };
  }
  if (/^command-r(?:-plus)?-08-2024$/.test(name)) {
    return { thinking: false, toolChoice: false, safetyModes: undefined };
  }
  if (/^command(?:-r|-light|-nightly)?(?:-plus)?(?:-0[34]-2024)?$/.test(name)) {
    return { thinking: false, toolChoice: false, safetyModes: [] };
  }
  return unknown;
}
