import type { Price } from "@sluice/api/sluice/common/v1/price";
import { BillingUnitSchema } from "@sluice/api/sluice/common/v1/price";
import type { Model } from "@sluice/api/sluice/provider/v1/model";
import type { DialectName } from "@sluice/dialects";
import { formatUsd } from "@sluice/money";
import type { CallableEntry } from "../routing/callable-models.ts";

export type ModelForm = "openai" | "anthropic" | "gemini";

/** How each API tells of models. What it has no member for is told beside, under the names of Sluice's own contract. */
export const modelForms: Readonly<
  Record<
    ModelForm,
    {
      readonly dialect: DialectName;
      one(entry: CallableEntry): Readonly<Record<string, unknown>>;
      list(entries: readonly CallableEntry[]): Readonly<Record<string, unknown>>;
    }
  >
> = {
  openai: {
    dialect: "openai.chat",
    one: openaiModel,
    list: (entries) => ({ object: "list", data: entries.map(openaiModel) }),
  },
  anthropic: {
    dialect: "anthropic.messages",
    one: anthropicModel,
    list: (entries) => ({
      data: entries.map(anthropicModel),
      has_more: false,
      first_id: entries[0]?.name ?? null,
      last_id: entries.at(-1)?.name ?? null,
    }),
  },
  gemini: {
    dialect: "gemini.generate",
    one: geminiModel,
    list: (entries) => ({ models: entries.map(geminiModel) }),
  },
};

/** No provider says when most models were made: the dialects want a date, and this one says nothing. */
const epoch = new Date(0).toISOString();

function openaiModel(entry: CallableEntry) {
  return {
    id: entry.name,
    object: "model",
    created: 0,
    owned_by: entry.route ? "sluice" : (entry.deployments[0]?.provider ?? "sluice"),
    ...detailsOf(entry),
  };
}

function anthropicModel(entry: CallableEntry) {
  return {
    type: "model",
    id: entry.name,
    display_name: entry.deployments[0]?.displayName || entry.name,
    created_at: epoch,
    ...detailsOf(entry),
  };
}

function geminiModel(entry: CallableEntry) {
  const [first] = entry.deployments;
  const embeds = first?.outputModalities.includes("embedding") ?? false;
  return {
    name: `models/${entry.name}`,
    version: "",
    displayName: first?.displayName || entry.name,
    ...(first?.contextWindow === undefined ? {} : { inputTokenLimit: first.contextWindow }),
    ...(first?.maxOutputTokens === undefined ? {} : { outputTokenLimit: first.maxOutputTokens }),
    supportedGenerationMethods: embeds
      ? ["embedContent", "batchEmbedContents"]
      : ["generateContent", "streamGenerateContent", "countTokens"],
  };
}

/** What is known of what stands behind a name. Of a route, what its first target says. */
function detailsOf(entry: CallableEntry) {
  const [first] = entry.deployments;
  if (first === undefined) return {};
  return {
    ...(first.contextWindow === undefined ? {} : { context_window: first.contextWindow }),
    ...(first.maxOutputTokens === undefined ? {} : { max_output_tokens: first.maxOutputTokens }),
    ...listed("input_modalities", first.inputModalities),
    ...listed("output_modalities", first.outputModalities),
    ...listed("capabilities", first.capabilities),
    ...(first.region === "" ? {} : { region: first.region }),
    ...(first.zeroRetention === undefined ? {} : { zero_retention: first.zeroRetention }),
    ...(first.price === undefined ? {} : { pricing: pricingOf(first.price) }),
    ...(entry.route ? { targets: entry.deployments.map((deployment: Model) => deployment.name) } : {}),
  };
}

function listed(name: string, values: readonly string[]) {
  return values.length === 0 ? {} : { [name]: values };
}

/** US dollars for a million units, as exact decimal texts, by unit; further tiers begin at a number of input tokens. */
function pricingOf(price: Price) {
  return price.tiers.map((tier) => ({
    min_input_tokens: tier.minInputTokens,
    usd_per_million: Object.fromEntries(
      tier.rates.map((rate) => [unitName(rate.unit), formatUsd(rate.usdNanosPerMillion)]),
    ),
  }));
}

function unitName(unit: number): string {
  return ((BillingUnitSchema.value as Readonly<Record<number, { readonly name: string }>>)[unit]?.name ?? "")
    .slice("BILLING_UNIT_".length)
    .toLowerCase();
}
