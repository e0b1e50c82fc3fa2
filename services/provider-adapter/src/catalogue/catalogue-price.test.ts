import { create } from "@bufbuild/protobuf";
import { calcPrice, findProvider } from "@pydantic/genai-prices";
import { BillingUnit } from "@sluice/api/sluice/common/v1/price";
import { TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import { costOf } from "@sluice/money";
import { describe, expect, test } from "vitest";
import { catalogueModels } from "./catalogue-models.ts";
import { cataloguePrice } from "./catalogue-price.ts";
import { bundledPriceList } from "./price-list.ts";

const now = new Date("2026-11-22T00:00:00Z");

function priceOf(provider: string, id: string) {
  const model = findProvider({ providerId: provider })?.models.find((each) => each.id === id);
  if (model === undefined) throw new Error(`${provider}/${id} is not in the price list`);
  return cataloguePrice(model, now, "the list");
}

function ratesOf(price: ReturnType<typeof priceOf>) {
  return price?.tiers.map((tier) => [
    tier.minInputTokens,
    Object.fromEntries(tier.rates.map((rate) => [rate.unit, rate.usdNanosPerMillion])),
  ]);
}

test("a plain price has one tier", () => {
  expect(ratesOf(priceOf("openai", "gpt-4o-mini"))).toEqual([
    [
      0,
      expect.objectContaining({
        [BillingUnit.INPUT_TOKEN]: 150_000_000n,
        [BillingUnit.OUTPUT_TOKEN]: 600_000_000n,
        [BillingUnit.CACHE_READ_INPUT_TOKEN]: 75_000_000n,
      }),
    ],
  ]);
});

test("a price by the size of the input has a tier for each, which begins above its bound", () => {
  expect(ratesOf(priceOf("openai", "gpt-5.5"))).toEqual([
    [0, expect.objectContaining({ [BillingUnit.INPUT_TOKEN]: 5_000_000_000n })],
    [272_000, expect.objectContaining({ [BillingUnit.INPUT_TOKEN]: 10_000_000_000n })],
  ]);
});

describe.each(["openai", "anthropic"])("%s", (provider) => {
  const listed = findProvider({ providerId: provider })?.models ?? [];
  const models = catalogueModels(
    [{ id: provider }],
    bundledPriceList([provider]),
    { name: provider, endpoints: [{ dialect: "openai.chat", path: "/" }], region: "", zeroRetention: undefined },
    now,
  );
  const priced = models.flatMap(({ upstreamModel, price }) => (price === undefined ? [] : [{ upstreamModel, price }]));

  test("every model that the list prices by tokens has a price", () => {
    const names = new Set(priced.map((model) => model.upstreamModel));
    const missing = listed
      .filter(({ prices }) => !Array.isArray(prices) && "input_mtok" in prices && "output_mtok" in prices)
      .filter(({ id }) => !names.has(id));
    expect(missing.map(({ id }) => id)).toEqual([]);
    expect(names.size).toBeGreaterThan(10);
  });

  test("costs are what the list's own arithmetic says, on either side of a tier's bound", () => {
    for (const { upstreamModel, price } of priced) {
      for (const inputTokens of [1_000, 200_000, 200_001, 271_999, 272_000, 300_000]) {
        const usage = { input_tokens: inputTokens, output_tokens: 500 };
        const theirs = calcPrice(usage, upstreamModel, { providerId: provider, timestamp: now })?.total_price;
        // The list does not match `ft:gpt-4o` itself, only names that begin so.
        if (theirs === undefined && upstreamModel.startsWith("ft:")) continue;
        const ours = costOf(create(TokenUsageSchema, { inputTokens, outputTokens: 500 }), price);
        expect(Number(ours) / 1e9, `${upstreamModel} at ${inputTokens}`).toBeCloseTo(theirs ?? -1, 8);
      }
    }
  });
});
