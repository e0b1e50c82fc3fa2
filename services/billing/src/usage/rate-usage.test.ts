import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { BillingUnit, PriceSchema } from "@sluice/api/sluice/common/v1/price";
import { Outcome, UsageEventSchema } from "@sluice/api/sluice/usage/v1/usage_event";
import { expect, test } from "vitest";
import { rateUsage } from "./rate-usage.ts";

const price = create(PriceSchema, {
  version: "v1",
  tiers: [
    {
      rates: [
        { unit: BillingUnit.INPUT_TOKEN, usdNanosPerMillion: 1_000_000n },
        { unit: BillingUnit.OUTPUT_TOKEN, usdNanosPerMillion: 2_000_000n },
      ],
    },
  ],
});
const usage = { inputTokens: 10, outputTokens: 5 };

type Init = MessageInitShape<typeof UsageEventSchema>;

function rate(init: Init) {
  return rateUsage(create(UsageEventSchema, { outcome: Outcome.SUCCEEDED, usage, price, ...init } as Init));
}

test.each<[string, Init, ReturnType<typeof rateUsage>]>([
  ["the same cost", { cost: { usdNanos: 20n } }, { verdict: "agrees", ratedNanos: 20n }],
  ["another cost", { cost: { usdNanos: 21n } }, { verdict: "differs", ratedNanos: 20n }],
  ["no cost where there is one", {}, { verdict: "differs", ratedNanos: 20n }],
  [
    "a cost where there is none",
    { cost: { usdNanos: 1n }, usage: { inputTokens: 10 } },
    { verdict: "differs", ratedNanos: undefined },
  ],
  [
    "a price that is not valid",
    { cost: { usdNanos: 1n }, price: { version: "v" } },
    { verdict: "differs", ratedNanos: undefined },
  ],
  [
    "a failed attempt that is charged",
    { outcome: Outcome.FAILED, cost: { usdNanos: 20n } },
    { verdict: "agrees", ratedNanos: 20n },
  ],
  [
    "a failed attempt that is not charged",
    { outcome: Outcome.FAILED, cost: { usdNanos: 0n } },
    { verdict: "unrated", ratedNanos: 20n },
  ],
  [
    "a cancelled attempt that is not charged",
    { outcome: Outcome.CANCELLED, cost: { usdNanos: 0n } },
    { verdict: "differs", ratedNanos: 20n },
  ],
  [
    "an unknown outcome",
    { outcome: Outcome.UNKNOWN, cost: { usdNanos: 99n } },
    { verdict: "unrated", ratedNanos: undefined },
  ],
])("%s", (_what, init, rating) => {
  expect(rate(init)).toEqual(rating);
});

test("no price or no usage is nothing to compare", () => {
  const event = create(UsageEventSchema, { outcome: Outcome.SUCCEEDED, cost: { usdNanos: 7n } });
  expect(rateUsage({ ...event, usage: undefined, price })).toEqual({ verdict: "unrated", ratedNanos: undefined });
  expect(rateUsage({ ...event, price: undefined })).toEqual({ verdict: "unrated", ratedNanos: undefined });
});

test("a version that comes with other rates is rated by those", () => {
  const dearer = create(PriceSchema, {
    version: "v1",
    tiers: [{ rates: [{ unit: BillingUnit.INPUT_TOKEN, usdNanosPerMillion: 3_000_000n }] }],
  });
  const ratedBy = (of: typeof price) =>
    rateUsage(create(UsageEventSchema, { usage, price: of, outcome: Outcome.SUCCEEDED })).ratedNanos;
  expect([ratedBy(price), ratedBy(dearer), ratedBy(price)]).toEqual([20n, 30n, 20n]);
});
