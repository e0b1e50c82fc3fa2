import { create } from "@bufbuild/protobuf";
import type { ConditionalPrice, ModelInfo, ModelPrice } from "@pydantic/genai-prices";
import { BillingUnit, type Price, PriceSchema, PriceTierSchema, RateSchema } from "@sluice/api/sluice/common/v1/price";
import { parseUsdNumber, priceVersion } from "@sluice/money";

/** Where the price list's units stand among ours. Units that no chat model is charged by are left to those who will need them. */
const unitOfKey: Readonly<Record<string, { readonly unit: BillingUnit; readonly perMillion: bigint }>> = {
  input_mtok: { unit: BillingUnit.INPUT_TOKEN, perMillion: 1n },
  cache_read_mtok: { unit: BillingUnit.CACHE_READ_INPUT_TOKEN, perMillion: 1n },
  cache_write_mtok: { unit: BillingUnit.CACHE_WRITE_INPUT_TOKEN, perMillion: 1n },
  cache_write_1h_mtok: { unit: BillingUnit.CACHE_WRITE_1H_INPUT_TOKEN, perMillion: 1n },
  input_audio_mtok: { unit: BillingUnit.AUDIO_INPUT_TOKEN, perMillion: 1n },
  output_mtok: { unit: BillingUnit.OUTPUT_TOKEN, perMillion: 1n },
  output_reasoning_mtok: { unit: BillingUnit.REASONING_OUTPUT_TOKEN, perMillion: 1n },
  output_audio_mtok: { unit: BillingUnit.AUDIO_OUTPUT_TOKEN, perMillion: 1n },
  web_searches_kcount: { unit: BillingUnit.WEB_SEARCH, perMillion: 1000n },
  requests_kcount: { unit: BillingUnit.REQUEST, perMillion: 1000n },
};

/**
 * The price of the list that is in force at `now`. Undefined: the list has none, or one that is not exact in nano-dollars. `freeOutput`: the
 * model has no output that is charged for, so that the list need not say what it costs.
 */
export function cataloguePrice(model: ModelInfo, now: Date, source: string, freeOutput = false): Price | undefined {
  const prices = pricesAt(model.prices, now);
  if (prices?.["input_mtok"] === undefined || (prices["output_mtok"] === undefined && !freeOutput)) return undefined;
  const known = made.get(prices);
  if (known !== undefined) return known;
  const price = priceOf(prices, source);
  if (price !== undefined) made.set(prices, price);
  return price;
}

/** A list's entry makes the same price each time: most of the work of building the catalogue anew. */
const made = new WeakMap<ModelPrice, Price>();

function priceOf(prices: ModelPrice, source: string): Price | undefined {
  const starts = [...new Set([0, ...Object.values(prices).flatMap(tierStarts)])].sort((a, b) => a - b);
  const tiers = starts.map((minInputTokens) => ({ minInputTokens, rates: ratesAt(prices, minInputTokens) }));
  if (tiers.some((tier) => tier.rates === undefined)) return undefined;
  const known = tiers as { minInputTokens: number; rates: { unit: BillingUnit; usdNanosPerMillion: bigint }[] }[];
  return create(PriceSchema, {
    version: priceVersion(known),
    source,
    tiers: known.map((tier) =>
      create(PriceTierSchema, {
        minInputTokens: tier.minInputTokens,
        rates: tier.rates.map((rate) => create(RateSchema, rate)),
      }),
    ),
  });
}

function pricesAt(prices: ConditionalPrice[] | ModelPrice, now: Date): ModelPrice | undefined {
  if (!Array.isArray(prices)) return prices;
  // The last entry whose condition holds is in force, as the package itself reads the list.
  return prices.filter((entry) => holds(entry, now)).at(-1)?.prices;
}

function holds(entry: ConditionalPrice, now: Date): boolean {
  const constraint = entry.constraint;
  if (constraint === undefined) return true;
  if (constraint.type === "start_date") return Date.parse(constraint.start_date) <= now.getTime();
  // Prices by the time of day: the dearer, plain one is used, so that no bound is too low.
  return false;
}

/** The list's own data are plain objects, not of its class of the name. */
type Tiered = { readonly base: number; readonly tiers: readonly { readonly start: number; readonly price: number }[] };

function isTiered(price: ModelPrice[string]): price is ModelPrice[string] & Tiered {
  return typeof price === "object" && price !== null;
}

/** The list's tiers begin above `start`: a price holds for more input tokens than that. */
function tierStarts(price: ModelPrice[string]): number[] {
  return isTiered(price) ? price.tiers.map((tier) => tier.start + 1) : [];
}

function ratesAt(prices: ModelPrice, inputTokens: number) {
  const rates: { unit: BillingUnit; usdNanosPerMillion: bigint }[] = [];
  for (const [key, price] of Object.entries(prices)) {
    const place = unitOfKey[key];
    if (place === undefined || price === undefined) continue;
    const usd = isTiered(price) ? tieredAt(price, inputTokens) : price;
    const nanos = parseUsdNumber(usd);
    if (nanos === undefined) return undefined;
    rates.push({ unit: place.unit, usdNanosPerMillion: nanos * place.perMillion });
  }
  return rates;
}

function tieredAt(price: Tiered, inputTokens: number): number {
  let usd = price.base;
  for (const tier of price.tiers) {
    if (inputTokens > tier.start) usd = tier.price;
  }
  return usd;
}
