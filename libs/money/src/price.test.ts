import { BillingUnit } from "@sluice/api/sluice/common/v1/price";
import { expect, test } from "vitest";
import { compilePrice, InvalidPriceError, type TierRates } from "./price.ts";
import { priceVersion } from "./price-version.ts";

const tier = (minInputTokens: number, rates: readonly [BillingUnit, bigint][]): TierRates => ({
  minInputTokens,
  rates: rates.map(([unit, usdNanosPerMillion]) => ({ unit, usdNanosPerMillion })),
});
const { INPUT_TOKEN, OUTPUT_TOKEN } = BillingUnit;

test.each([
  ["no tier", []],
  ["a first tier that does not begin at zero", [tier(1, [])]],
  ["tiers that do not rise", [tier(0, []), tier(200_000, []), tier(200_000, [])]],
  [
    "two rates for a unit",
    [
      tier(0, [
        [INPUT_TOKEN, 1n],
        [INPUT_TOKEN, 2n],
      ]),
    ],
  ],
  ["a negative rate", [tier(0, [[INPUT_TOKEN, -1n]])]],
])("refuses %s", (_what, tiers) => {
  expect(() => compilePrice({ version: "v", tiers })).toThrow(InvalidPriceError);
});

test("versions tell rates apart, not the order they are written in", () => {
  const version = priceVersion([
    tier(0, [
      [INPUT_TOKEN, 5n],
      [OUTPUT_TOKEN, 6n],
    ]),
  ]);
  expect(version).toMatch(/^[0-9a-f]{32}$/);
  expect(
    priceVersion([
      tier(0, [
        [OUTPUT_TOKEN, 6n],
        [INPUT_TOKEN, 5n],
      ]),
    ]),
  ).toBe(version);
  const others = [
    [
      tier(0, [
        [INPUT_TOKEN, 6n],
        [OUTPUT_TOKEN, 5n],
      ]),
    ],
    [tier(0, [[INPUT_TOKEN, 5n]]), tier(1, [[OUTPUT_TOKEN, 6n]])],
    [tier(0, [[INPUT_TOKEN, 56n]])],
    [],
  ];
  for (const other of others) expect(priceVersion(other)).not.toBe(version);
});
