import { create } from "@bufbuild/protobuf";
import { BillingUnit, PriceSchema, PriceTierSchema, RateSchema } from "@sluice/api/sluice/common/v1/price";
import { type Model, ModelSchema } from "@sluice/api/sluice/provider/v1/model";
import { priceVersion } from "@sluice/money";

/** What each simulated model does. */
export const simulatorBehaviours = {
  echo: "says again what the last message of the user said",
  lorem: "says lorem ipsum, as many words as max tokens allows, 64 where nothing does",
  flaky: "fails every other time as an overloaded provider, and echoes in between",
  slow: "echoes one word every 200 ms",
} as const;

export type SimulatorBehaviour = keyof typeof simulatorBehaviours;

/** One US dollar for a million tokens, in and out: something for budgets to count, and plain to check by hand. */
const usdNanosPerMillionTokens = 1_000_000_000n;

const contextWindow = 131_072;
const maxOutputTokens = 4_096;

export function simulatorModels(provider: string): Model[] {
  const rates = [BillingUnit.INPUT_TOKEN, BillingUnit.OUTPUT_TOKEN].map((unit) => ({
    unit,
    usdNanosPerMillion: usdNanosPerMillionTokens,
  }));
  const price = create(PriceSchema, {
    version: priceVersion([{ minInputTokens: 0, rates }]),
    source: "simulator",
    tiers: [create(PriceTierSchema, { minInputTokens: 0, rates: rates.map((rate) => create(RateSchema, rate)) })],
  });
  return Object.entries(simulatorBehaviours).map(([behaviour, description]) =>
    create(ModelSchema, {
      name: `${provider}/${behaviour}`,
      provider,
      upstreamModel: behaviour,
      contextWindow,
      maxOutputTokens,
      inputModalities: ["text", "image", "audio", "document"],
      outputModalities: ["text"],
      capabilities: ["tools"],
      zeroRetention: true,
      price,
      displayName: `Simulator: ${description}`,
    }),
  );
}
