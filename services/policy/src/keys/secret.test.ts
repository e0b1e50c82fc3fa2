import { describe, expect, it } from "vitest";
import { digestSecret, encodeSecret, hintOf } from "./secret.ts";

describe("secrets", () => {
  it("hold 32 random bytes in base 62, always as long", () => {
    expect(encodeSecret(new Uint8Array(32))).toBe(`sk-sluice-${"0".repeat(43)}`);
    const last = encodeSecret(new Uint8Array(32).fill(255));
    expect(last).toMatch(/^sk-sluice-[0-9A-Za-z]{43}$/);
    const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const value = [...last.slice(10)].reduce((sum, digit) => sum * 62n + BigInt(digits.indexOf(digit)), 0n);
    expect(value).toBe(2n ** 256n - 1n);
    expect(() => encodeSecret(new Uint8Array(31))).toThrow(RangeError);
  });

  it("are kept as SHA-256", () => {
    expect(Buffer.from(digestSecret("abc")).toString("hex")).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  it("are told apart by few characters", () => {
    expect(hintOf("sk-sluice-abcdefghijkl")).toBe("sk-sluice-abcdef");
    expect(hintOf("correct horse battery staple")).toBe("corr");
  });
});
