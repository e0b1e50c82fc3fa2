import { create } from "@bufbuild/protobuf";
import { type Money, MoneySchema } from "@sluice/api/sluice/common/v1/money";

/** Nano-dollars in one US dollar. */
export const nanosPerUsd = 1_000_000_000n;

/** The largest amount that a `Money` message holds, about 9.2 billion US dollars. */
export const maxNanos = 2n ** 63n - 1n;

const pattern = /^(\d{1,10})(?:\.(\d{1,9})(0{0,32}))?$/;

/** What an amount looks like, for error texts. */
export const usdExpectation = 'US dollars in digits, such as "25", "0.15" or "0.000000001", with at most 9 decimals';

/**
 * Nano-dollars of "25", "0.15" or "0.002575": exact, or undefined if the text is no such amount. No sign, no exponent, no spaces, no
 * separators; decimals beyond the ninth must be zero.
 */
export function parseUsd(text: string): bigint | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const nanos = BigInt(match[1] as string) * nanosPerUsd + BigInt((match[2] ?? "").padEnd(9, "0"));
  return nanos <= maxNanos ? nanos : undefined;
}

/**
 * Nano-dollars of the shortest decimal that reads back as `usd`, for price lists that come as JSON numbers: 0.075 is 75,000,000. Undefined
 * if it is negative, not finite, or has more than 9 decimals.
 */
export function parseUsdNumber(usd: number): bigint | undefined {
  if (!Number.isFinite(usd) || usd < 0) return undefined;
  const [digits = "", exponent] = String(usd).split("e-");
  if (exponent === undefined) return parseUsd(digits);
  const [whole = "", fraction = ""] = digits.split(".");
  return parseUsd(`0.${(whole + fraction).padStart(Number(exponent) + fraction.length, "0")}`);
}

/**
 * The amount in US dollars, exact: two decimals at least, as many as it takes, nine at most. 25,000,000,000 is "25.00", 2,575,000 is
 * "0.002575", zero is "0.00", less than zero begins with "-". Without a sign, parseUsd reads it back.
 */
export function formatUsd(nanos: bigint): string {
  const magnitude = nanos < 0n ? -nanos : nanos;
  const decimals = (magnitude % nanosPerUsd).toString().padStart(9, "0");
  const kept = Math.max(2, decimals.replace(/0+$/, "").length);
  return `${nanos < 0n ? "-" : ""}${magnitude / nanosPerUsd}.${decimals.slice(0, kept)}`;
}

/** The message for an amount. */
export function createMoney(nanos: bigint): Money {
  return create(MoneySchema, { usdNanos: nanos });
}
