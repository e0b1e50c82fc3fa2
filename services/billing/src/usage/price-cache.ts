import type { Price } from "@sluice/api/sluice/common/v1/price";
import { type CompiledPrice, compilePrice } from "@sluice/money";

type Known = { readonly price: Price; readonly compiled: CompiledPrice };

const maxPrices = 1_000;
const known = new Map<string, Known>();

/** The price made ready, once for each version and its rates. Throws InvalidPriceError for a price that cannot be compiled. */
export function compileOnce(price: Price): CompiledPrice {
  const found = known.get(price.version);
  if (found !== undefined && hasSameRates(found.price, price)) return found.compiled;
  const compiled = compilePrice(price);
  if (found === undefined && known.size >= maxPrices) {
    for (const oldest of known.keys()) {
      known.delete(oldest);
      break;
    }
  }
  known.set(price.version, { price, compiled });
  return compiled;
}

/** A version is made of the rates, but by whoever sent it: it is not taken at its word. */
function hasSameRates(one: Price, other: Price): boolean {
  if (one.tiers.length !== other.tiers.length) return false;
  for (const [place, tier] of one.tiers.entries()) {
    const counterpart = other.tiers[place];
    if (counterpart === undefined || counterpart.minInputTokens !== tier.minInputTokens) return false;
    if (counterpart.rates.length !== tier.rates.length) return false;
    for (let index = 0; index < tier.rates.length; index++) {
      const left = tier.rates[index];
      const right = counterpart.rates[index];
      if (left?.unit !== right?.unit || left?.usdNanosPerMillion !== right?.usdNanosPerMillion) return false;
    }
  }
  return true;
}
