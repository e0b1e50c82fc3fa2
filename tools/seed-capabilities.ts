import { writeFileSync } from "node:fs";
import { MODEL_CONFIGS } from "llm-zoo";

// Writes the adapter's committed list of what models can do, from the llm-zoo package. Run by hand when the package has news; prices are not
// taken from here.

const target = new URL("../services/provider-adapter/catalogue/capabilities.json", import.meta.url);

type Entry = {
  readonly provider: string;
  readonly names: readonly string[];
  readonly context_window: number;
  readonly max_output_tokens: number;
  readonly input_modalities: readonly string[];
  readonly capabilities: readonly string[];
};

const entries: Entry[] = Object.values(MODEL_CONFIGS)
  .filter((model) => !model.openRouterOnly)
  .map((model) => {
    const can = model.capabilities;
    return {
      provider: model.provider,
      names: [...new Set([model.shortName, model.fullName])],
      context_window: model.contextWindow,
      max_output_tokens: model.maxOutputTokens,
      input_modalities: [
        "text",
        ...(can.supportsVision ? ["image"] : []),
        ...(can.supportsNativePdf ? ["document"] : []),
        ...(can.supportsNativeAudio ? ["audio"] : []),
      ],
      capabilities: [
        ...(can.supportsFunctionCalling ? ["tools"] : []),
        ...(can.supportsReasoning ? ["reasoning"] : []),
        ...(can.supportsPromptCaching || can.supportsAutoPromptCaching ? ["caching"] : []),
      ],
    };
  });

/** The same model stands there with and without reasoning: one entry for each name, with what either can do. */
const merged = new Map<string, Entry>();
for (const entry of entries) {
  const key = `${entry.provider}/${entry.names.join()}`;
  const known = merged.get(key);
  merged.set(
    key,
    known === undefined
      ? entry
      : {
          ...known,
          max_output_tokens: Math.max(known.max_output_tokens, entry.max_output_tokens),
          input_modalities: [...new Set([...known.input_modalities, ...entry.input_modalities])],
          capabilities: [...new Set([...known.capabilities, ...entry.capabilities])],
        },
  );
}
const models = [...merged.values()].sort((a, b) => (a.names[0] as string).localeCompare(b.names[0] as string));
const source = { package: "llm-zoo", version: "1.37.0", licence: "MIT", seen: "2026-11-22" };
writeFileSync(target, `${JSON.stringify({ source, models }, null, 1)}\n`);
