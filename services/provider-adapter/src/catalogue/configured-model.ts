import { create } from "@bufbuild/protobuf";
import { BillingUnit, type Price, PriceSchema, PriceTierSchema, RateSchema } from "@sluice/api/sluice/common/v1/price";
import type { ModelConfig, PriceConfig } from "@sluice/api/sluice/config/v1/config";
import { type Model, ModelSchema } from "@sluice/api/sluice/provider/v1/model";
import { parseUsd, priceVersion } from "@sluice/money";
import { chooseEndpoint } from "../kinds/choose-endpoint.ts";
import type { ProviderPlace } from "./catalogue-models.ts";

/** A model as the configuration declares it, over what the catalogue knows of it: what is declared wins. */
export function configuredModel(config: ModelConfig, place: ProviderPlace, known: Model | undefined): Model {
  const contextWindow = config.contextWindow ?? known?.contextWindow;
  const maxOutputTokens = config.maxOutputTokens ?? known?.maxOutputTokens;
  const price = config.price === undefined ? known?.price : configuredPrice(config.price);
  return create(ModelSchema, {
    name: `${place.name}/${config.name}`,
    provider: place.name,
    upstreamModel: config.name,
    dialect: chooseEndpoint(place.endpoints, "", config.name)?.dialect ?? "",
    region: place.region,
    displayName: config.displayName || (known?.displayName ?? ""),
    inputModalities: orKnown(config.inputModalities, known?.inputModalities),
    outputModalities: orKnown(config.outputModalities, known?.outputModalities),
    capabilities: orKnown(config.capabilities, known?.capabilities),
    aliases: known?.aliases ?? [],
    ...(contextWindow === undefined ? {} : { contextWindow }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(price === undefined ? {} : { price }),
    ...(place.zeroRetention === undefined ? {} : { zeroRetention: place.zeroRetention }),
  });
}

function orKnown(declared: readonly string[], known: readonly string[] | undefined): string[] {
  return [...(declared.length > 0 ? declared : (known ?? []))];
}

function configuredPrice(config: PriceConfig): Price {
  const rates = [
    { unit: BillingUnit.INPUT_TOKEN, usd: config.inputUsdPerMtok },
    { unit: BillingUnit.OUTPUT_TOKEN, usd: config.outputUsdPerMtok },
    { unit: BillingUnit.CACHE_READ_INPUT_TOKEN, usd: config.cacheReadUsdPerMtok },
    { unit: BillingUnit.CACHE_WRITE_INPUT_TOKEN, usd: config.cacheWriteUsdPerMtok },
  ]
    .filter((rate) => rate.usd !== "")
    .map((rate) => ({ unit: rate.unit, usdNanosPerMillion: readUsd(rate.usd) }));
  const tier = { minInputTokens: 0, rates };
  return create(PriceSchema, {
    version: priceVersion([tier]),
    source: "configuration",
    tiers: [create(PriceTierSchema, { minInputTokens: 0, rates: rates.map((rate) => create(RateSchema, rate)) })],
  });
}

/** The configuration has been validated: a text that is no amount is a broken expectation. */
function readUsd(text: string): bigint {
  const nanos = parseUsd(text);
  if (nanos === undefined)
    throw new TypeError(`"${text}" is no amount of US dollars, though validation let it through`);
  return nanos;
}
