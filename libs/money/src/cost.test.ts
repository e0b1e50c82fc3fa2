import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { BillingUnit, type Price, PriceSchema } from "@sluice/api/sluice/common/v1/price";
import { TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { costOf, type UsageCounts, worstCaseCost } from "./cost.ts";
import { compilePrice } from "./price.ts";
import { maxNanos, parseUsd } from "./usd.ts";

const unit = BillingUnit;
type Rates = Partial<Record<keyof typeof BillingUnit, string>>;

/** Rates in US dollars per million. */
function createPrice(...tiers: readonly (readonly [number, Rates])[]): Price {
  return create(PriceSchema, {
    version: "v",
    tiers: tiers.map(([minInputTokens, rates]) => ({
      minInputTokens,
      rates: Object.entries(rates).map(([name, usd]) => ({
        unit: unit[name as keyof typeof BillingUnit],
        usdNanosPerMillion: parseUsd(usd) as bigint,
      })),
    })),
  });
}

function cost(usage: MessageInitShape<typeof TokenUsageSchema>, price: Price): bigint | undefined {
  return costOf(create(TokenUsageSchema, usage), price);
}

// Rates of 2026-11, from the providers' price pages.
const gpt5 = createPrice([0, { INPUT_TOKEN: "1.25", CACHE_READ_INPUT_TOKEN: "0.125", OUTPUT_TOKEN: "10" }]);
const sonnet = createPrice([
  0,
  {
    INPUT_TOKEN: "3",
    CACHE_READ_INPUT_TOKEN: "0.3",
    CACHE_WRITE_INPUT_TOKEN: "3.75",
    CACHE_WRITE_1H_INPUT_TOKEN: "6",
    OUTPUT_TOKEN: "15",
    WEB_SEARCH: "10000",
  },
]);
const gemini = createPrice(
  [0, { INPUT_TOKEN: "1.25", OUTPUT_TOKEN: "10" }],
  [200_001, { INPUT_TOKEN: "2.5", OUTPUT_TOKEN: "15" }],
);

describe("costOf", () => {
  test("takes cached tokens off the input and charges them at their own rate", () => {
    const usage = { inputTokens: 1_000, cacheReadInputTokens: 600, outputTokens: 200 };
    expect(cost(usage, gpt5)).toBe(parseUsd("0.002575"));
  });

  test("tells cache writes for an hour from other cache writes", () => {
    const usage = {
      inputTokens: 10_000,
      cacheReadInputTokens: 2_000,
      cacheWriteInputTokens: 5_000,
      cacheWrite1hInputTokens: 1_000,
      outputTokens: 100,
      webSearchRequests: 2,
    };
    // 3000 x 3 + 2000 x 0.3 + 4000 x 3.75 + 1000 x 6 + 100 x 15 = 32,100 dollars per million, and two searches at a cent.
    expect(cost(usage, sonnet)).toBe(parseUsd("0.0521"));
  });

  test("charges the whole usage by the last tier that the input reaches", () => {
    expect(cost({ inputTokens: 200_000, outputTokens: 1_000 }, gemini)).toBe(parseUsd("0.26"));
    expect(cost({ inputTokens: 200_001, outputTokens: 1_000 }, gemini)).toBe(parseUsd("0.5150025"));
  });

  test("charges a part without a rate as what it is a part of", () => {
    const usage = {
      inputTokens: 1_000,
      cacheReadInputTokens: 100,
      cacheWriteInputTokens: 200,
      cacheWrite1hInputTokens: 50,
      audioInputTokens: 300,
      outputTokens: 1_000,
      reasoningOutputTokens: 400,
      audioOutputTokens: 100,
    };
    expect(cost(usage, gemini)).toBe(cost({ inputTokens: 1_000, outputTokens: 1_000 }, gemini));
    const writes = createPrice([0, { INPUT_TOKEN: "1", CACHE_WRITE_INPUT_TOKEN: "2" }]);
    expect(cost({ inputTokens: 10, cacheWriteInputTokens: 10, cacheWrite1hInputTokens: 10 }, writes)).toBe(20_000n);
  });

  test("charges reasoning and audio at rates of their own", () => {
    const price = createPrice([
      0,
      {
        INPUT_TOKEN: "1",
        AUDIO_INPUT_TOKEN: "40",
        OUTPUT_TOKEN: "2",
        REASONING_OUTPUT_TOKEN: "3",
        AUDIO_OUTPUT_TOKEN: "80",
        REQUEST: "100",
      },
    ]);
    const usage = {
      inputTokens: 10,
      audioInputTokens: 4,
      outputTokens: 10,
      reasoningOutputTokens: 3,
      audioOutputTokens: 2,
    };
    // 6 x 1 + 4 x 40 + 5 x 2 + 3 x 3 + 2 x 80 + one request at 100, per million.
    expect(cost(usage, price)).toBe(445_000n);
  });

  test("never charges more tokens than the total when parts exceed it", () => {
    const price = createPrice([0, { INPUT_TOKEN: "1", CACHE_READ_INPUT_TOKEN: "0.1", CACHE_WRITE_INPUT_TOKEN: "2" }]);
    expect(cost({ inputTokens: 100, cacheReadInputTokens: 80, cacheWriteInputTokens: 70 }, price)).toBe(
      70n * 2_000n + 30n * 100n,
    );
    expect(cost({ inputTokens: 0, cacheReadInputTokens: 80 }, price)).toBe(0n);
    // More written for an hour than written: the larger count holds.
    expect(cost({ inputTokens: 100, cacheWriteInputTokens: 10, cacheWrite1hInputTokens: 40 }, price)).toBe(
      40n * 2_000n + 60n * 1_000n,
    );
  });

  test("knows no cost where a total that is charged for was not reported", () => {
    expect(cost({ outputTokens: 5 }, gpt5)).toBeUndefined();
    expect(cost({ inputTokens: 5 }, gpt5)).toBeUndefined();
    expect(cost({}, gpt5)).toBeUndefined();
    expect(cost({ inputTokens: 5, outputTokens: 0 }, gpt5)).toBe(6_250n);
  });

  test("needs no total that is free", () => {
    const embedding = createPrice([0, { INPUT_TOKEN: "0.02" }]);
    expect(cost({ inputTokens: 8 }, embedding)).toBe(160n);
    expect(cost({}, createPrice([0, {}]))).toBe(0n);
    expect(cost({}, createPrice([0, { REQUEST: "5" }]))).toBe(5_000n);
    // The tier cannot be known.
    expect(
      cost({ outputTokens: 1 }, createPrice([0, { OUTPUT_TOKEN: "1" }], [9, { OUTPUT_TOKEN: "2" }])),
    ).toBeUndefined();
  });

  test("rounds once, at the end, up", () => {
    const price = createPrice([0, { INPUT_TOKEN: "0.0001", OUTPUT_TOKEN: "0.0001" }]);
    // Each token costs a tenth of a nano-dollar.
    expect(cost({ inputTokens: 4, outputTokens: 4 }, price)).toBe(1n);
    expect(cost({ inputTokens: 6, outputTokens: 5 }, price)).toBe(2n);
    expect(cost({ inputTokens: 0, outputTokens: 0 }, price)).toBe(0n);
  });

  test("is exact beyond safe integers and stops at the most that a message holds", () => {
    const usage = { inputTokens: 4_294_967_295, outputTokens: 4_294_967_295 };
    expect(cost(usage, createPrice([0, { INPUT_TOKEN: "5000.000000001", OUTPUT_TOKEN: "7" }]))).toBe(
      (4_294_967_295n * 5_007_000_000_001n + 999_999n) / 1_000_000n,
    );
    expect(cost(usage, createPrice([0, { INPUT_TOKEN: "9000000000" }]))).toBe(maxNanos);
  });
});

const rate = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: 0n, max: 100_000_000_000n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: maxNanos }) },
);
const tokens = fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 2_000_000 }), fc.nat({ max: 4_294_967_295 }));
const units = Object.values(BillingUnit).filter((value) => value !== 0);

const price = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 2_000_000 }), { maxLength: 3 }),
    fc.array(fc.dictionary(fc.constantFrom(...units.map(String)), rate), { minLength: 4, maxLength: 4 }),
  )
  .map(([bounds, rates]) =>
    create(PriceSchema, {
      version: "v",
      tiers: [0, ...bounds.toSorted((left, right) => left - right)].map((minInputTokens, index) => ({
        minInputTokens,
        rates: Object.entries(rates[index] ?? {}).map(([key, usdNanosPerMillion]) => ({
          unit: Number(key) as BillingUnit,
          usdNanosPerMillion,
        })),
      })),
    }),
  );

const usage: fc.Arbitrary<UsageCounts> = fc.record(
  {
    inputTokens: tokens,
    cacheReadInputTokens: tokens,
    cacheWriteInputTokens: tokens,
    cacheWrite1hInputTokens: tokens,
    audioInputTokens: tokens,
    outputTokens: tokens,
    reasoningOutputTokens: tokens,
    audioOutputTokens: tokens,
    webSearchRequests: fc.nat({ max: 20 }),
  },
  { requiredKeys: [] },
);

describe("properties", () => {
  test("the compiled price gives the same cost", () => {
    fc.assert(
      fc.property(price, usage, (ofPrice, ofUsage) => {
        expect(costOf(ofUsage, compilePrice(ofPrice))).toBe(costOf(ofUsage, ofPrice));
      }),
    );
  });

  test("the cost is the sum over single tokens, whatever the size", () => {
    fc.assert(
      fc.property(price, usage, (ofPrice, ofUsage) => {
        const actual = costOf(ofUsage, ofPrice);
        fc.pre(actual !== undefined);
        expect(actual).toBe(costByDefinition(ofUsage, ofPrice));
      }),
    );
  });

  test("no usage within the bounds costs more than the worst case", () => {
    fc.assert(
      fc.property(
        price,
        usage,
        fc.integer({ min: 1, max: 4 }),
        fc.nat({ max: 1_000_000 }),
        (ofPrice, ofUsage, candidates, slack) => {
          const actual = costOf(ofUsage, ofPrice);
          fc.pre(actual !== undefined);
          const worst = worstCaseCost(
            {
              inputTokensAtMost: (ofUsage.inputTokens ?? 0) + slack,
              outputTokensAtMost: Math.ceil((ofUsage.outputTokens ?? 0) / candidates),
              candidates,
              webSearchRequestsAtMost: ofUsage.webSearchRequests,
            },
            ofPrice,
          );
          expect(worst).toBeGreaterThanOrEqual(actual);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("worstCaseCost", () => {
  test("takes the dearest rate of an input token: a cache write for an hour", () => {
    expect(worstCaseCost({ inputTokensAtMost: 1_000, outputTokensAtMost: 100 }, sonnet)).toBe(parseUsd("0.0075"));
  });

  test("takes the dearest tier that can be reached", () => {
    expect(worstCaseCost({ inputTokensAtMost: 200_000, outputTokensAtMost: 0 }, gemini)).toBe(parseUsd("0.25"));
    expect(worstCaseCost({ inputTokensAtMost: 200_001, outputTokensAtMost: 0 }, gemini)).toBe(parseUsd("0.5000025"));
    const cheaperWhenLarge = createPrice([0, { OUTPUT_TOKEN: "9" }], [1_000, { OUTPUT_TOKEN: "1" }]);
    expect(worstCaseCost({ inputTokensAtMost: 5_000, outputTokensAtMost: 10 }, cheaperWhenLarge)).toBe(90_000n);
  });

  test("counts every candidate and every search", () => {
    const bounds = { inputTokensAtMost: 0, outputTokensAtMost: 100, candidates: 3, webSearchRequestsAtMost: 5 };
    expect(worstCaseCost(bounds, sonnet)).toBe(parseUsd("0.0545"));
  });
});

/** The same by the definition in price.proto, in big integers only. */
function costByDefinition(counts: UsageCounts, ofPrice: Price): bigint {
  const big = (value: number | undefined) => BigInt(value ?? 0);
  const input = big(counts.inputTokens);
  const tier = ofPrice.tiers.findLast(({ minInputTokens }) => BigInt(minInputTokens) <= input);
  const rateOf = (...preferred: readonly BillingUnit[]) =>
    preferred
      .map((one) => tier?.rates.find((entry) => entry.unit === one)?.usdNanosPerMillion)
      .find((one) => one !== undefined) ?? 0n;
  const charge = (total: bigint, parts: readonly (readonly [bigint, bigint])[], ofRest: bigint) => {
    let rest = total;
    let sum = 0n;
    for (const [count, ofPart] of parts) {
      const taken = least(count, rest);
      rest -= taken;
      sum += taken * ofPart;
    }
    return sum + rest * ofRest;
  };
  const written1h = big(counts.cacheWrite1hInputTokens);
  const written = big(counts.cacheWriteInputTokens) - written1h;
  const millionths =
    charge(
      input,
      [
        [big(counts.audioInputTokens), rateOf(unit.AUDIO_INPUT_TOKEN, unit.INPUT_TOKEN)],
        [written1h, rateOf(unit.CACHE_WRITE_1H_INPUT_TOKEN, unit.CACHE_WRITE_INPUT_TOKEN, unit.INPUT_TOKEN)],
        [written > 0n ? written : 0n, rateOf(unit.CACHE_WRITE_INPUT_TOKEN, unit.INPUT_TOKEN)],
        [big(counts.cacheReadInputTokens), rateOf(unit.CACHE_READ_INPUT_TOKEN, unit.INPUT_TOKEN)],
      ],
      rateOf(unit.INPUT_TOKEN),
    ) +
    charge(
      big(counts.outputTokens),
      [
        [big(counts.audioOutputTokens), rateOf(unit.AUDIO_OUTPUT_TOKEN, unit.OUTPUT_TOKEN)],
        [big(counts.reasoningOutputTokens), rateOf(unit.REASONING_OUTPUT_TOKEN, unit.OUTPUT_TOKEN)],
      ],
      rateOf(unit.OUTPUT_TOKEN),
    ) +
    big(counts.webSearchRequests) * rateOf(unit.WEB_SEARCH) +
    rateOf(unit.REQUEST);
  const nanos = (millionths + 999_999n) / 1_000_000n;
  return nanos < maxNanos ? nanos : maxNanos;
}

function least(left: bigint, right: bigint): bigint {
  return [left, right].toSorted((one, other) => (one < other ? -1 : 1))[0] as bigint;
}
