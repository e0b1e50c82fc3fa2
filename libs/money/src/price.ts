import { BillingUnit, type Price, type PriceTier, type Rate } from "@sluice/api/sluice/common/v1/price";

/** The rates of a tier as they lie in a `Price`, or as one writes them. */
export type TierRates = Pick<PriceTier, "minInputTokens"> & {
  readonly rates: readonly Pick<Rate, "unit" | "usdNanosPerMillion">[];
};

/** A price is not usable: which rule it breaks. */
export class InvalidPriceError extends Error {
  override readonly name = "InvalidPriceError";
}

/** The rate of each unit, after the fall-backs, in nano-dollars per million. */
export interface UnitRates<Amount> {
  readonly input: Amount;
  readonly cacheRead: Amount;
  readonly cacheWrite: Amount;
  readonly cacheWrite1h: Amount;
  readonly audioInput: Amount;
  readonly output: Amount;
  readonly reasoning: Amount;
  readonly audioOutput: Amount;
  readonly webSearch: Amount;
  readonly request: Amount;
}

export interface CompiledTier {
  readonly minInputTokens: number;
  readonly exact: UnitRates<bigint>;
  /** The same rates as numbers. One that is no safe integer is Infinity, which no sum of safe integers reaches. */
  readonly quick: UnitRates<number>;
  /** The dearest rates that an input or output token can have. */
  readonly dearest: { readonly input: bigint; readonly output: bigint };
}

/** A price made ready for the hot path by compilePrice: keep it beside the price and pass it in its stead. */
export class CompiledPrice {
  readonly version: string;
  /** The smallest first, beginning at zero, never empty. */
  readonly tiers: readonly CompiledTier[];

  constructor(version: string, tiers: readonly CompiledTier[]) {
    this.version = version;
    this.tiers = tiers;
  }
}

/** Throws InvalidPriceError unless tiers begin at zero and rise, units are stated once each, and no rate is negative. */
export function compilePrice(price: Pick<Price, "version"> & { readonly tiers: readonly TierRates[] }): CompiledPrice {
  if (price.tiers.length === 0) throw new InvalidPriceError(`price ${price.version} has no tier, expected one or more`);
  const tiers = price.tiers.map((tier, index) => {
    const before = price.tiers[index - 1];
    if (before === undefined ? tier.minInputTokens !== 0 : tier.minInputTokens <= before.minInputTokens) {
      throw new InvalidPriceError(
        `tier ${index} of price ${price.version} begins at ${tier.minInputTokens} input tokens, expected ${before === undefined ? "0" : `more than ${before.minInputTokens}`}`,
      );
    }
    return compileTier(tier, `tier ${index} of price ${price.version}`);
  });
  return new CompiledPrice(price.version, tiers);
}

function compileTier(tier: TierRates, place: string): CompiledTier {
  const stated = new Map<BillingUnit, bigint>();
  for (const { unit, usdNanosPerMillion } of tier.rates) {
    if (stated.has(unit)) throw new InvalidPriceError(`${place} has two rates for unit ${unit}, expected one`);
    if (usdNanosPerMillion < 0n) {
      throw new InvalidPriceError(`${place} has a rate of ${usdNanosPerMillion} for unit ${unit}, expected 0 or more`);
    }
    stated.set(unit, usdNanosPerMillion);
  }
  const input = stated.get(BillingUnit.INPUT_TOKEN) ?? 0n;
  const cacheRead = stated.get(BillingUnit.CACHE_READ_INPUT_TOKEN) ?? input;
  const cacheWrite = stated.get(BillingUnit.CACHE_WRITE_INPUT_TOKEN) ?? input;
  const cacheWrite1h = stated.get(BillingUnit.CACHE_WRITE_1H_INPUT_TOKEN) ?? cacheWrite;
  const audioInput = stated.get(BillingUnit.AUDIO_INPUT_TOKEN) ?? input;
  const output = stated.get(BillingUnit.OUTPUT_TOKEN) ?? 0n;
  const reasoning = stated.get(BillingUnit.REASONING_OUTPUT_TOKEN) ?? output;
  const audioOutput = stated.get(BillingUnit.AUDIO_OUTPUT_TOKEN) ?? output;
  const webSearch = stated.get(BillingUnit.WEB_SEARCH) ?? 0n;
  const request = stated.get(BillingUnit.REQUEST) ?? 0n;
  return {
    minInputTokens: tier.minInputTokens,
    exact: {
      input,
      cacheRead,
      cacheWrite,
      cacheWrite1h,
      audioInput,
      output,
      reasoning,
      audioOutput,
      webSearch,
      request,
    },
    quick: {
      input: quick(input),
      cacheRead: quick(cacheRead),
      cacheWrite: quick(cacheWrite),
      cacheWrite1h: quick(cacheWrite1h),
      audioInput: quick(audioInput),
      output: quick(output),
      reasoning: quick(reasoning),
      audioOutput: quick(audioOutput),
      webSearch: quick(webSearch),
      request: quick(request),
    },
    dearest: {
      input: dearest(input, cacheRead, cacheWrite, cacheWrite1h, audioInput),
      output: dearest(output, reasoning, audioOutput),
    },
  };
}

function quick(rate: bigint): number {
  return rate <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(rate) : Number.POSITIVE_INFINITY;
}

function dearest(...rates: readonly bigint[]): bigint {
  let most = 0n;
  for (const rate of rates) {
    if (rate > most) most = rate;
  }
  return most;
}
