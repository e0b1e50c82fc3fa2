const makers: readonly (readonly [RegExp, string])[] = [
  [/(^|[/.])claude-/, "anthropic"],
  [/(^|\/)gemini-/, "google"],
  [/(^|\/)(gpt-(?!oss)|chatgpt-|o[134](-|$))/, "openai"],
  [/(^|\/)grok-/, "xai"],
];

/** Who made the model, in the word that signers have, told from its name: whose signatures it can read. Empty: not known. */
export function readModelMaker(model: string): string {
  const name = model.toLowerCase();
  return makers.find(([pattern]) => pattern.test(name))?.[1] ?? "";
}
