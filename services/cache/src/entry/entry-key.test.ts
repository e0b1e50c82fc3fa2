import { describe, expect, it } from "vitest";
import { findKeyFault, textOfKey } from "./entry-key.ts";

const digest = new Uint8Array(32).fill(7);

describe("textOfKey", () => {
  it("is equal for equal keys, whatever buffer the digest looks into", () => {
    const within = new Uint8Array(64).fill(7).subarray(11, 43);
    expect(textOfKey({ partition: "team:a", digest: within })).toBe(textOfKey({ partition: "team:a", digest }));
  });

  it("differs by partition and by every byte of the digest", () => {
    const texts = new Set([textOfKey({ partition: "a", digest }), textOfKey({ partition: "b", digest })]);
    for (let index = 0; index < 32; index += 1) {
      const other = new Uint8Array(digest);
      other[index] = 200;
      texts.add(textOfKey({ partition: "a", digest: other }));
    }
    expect(texts.size).toBe(34);
  });
});

describe("findKeyFault", () => {
  it("takes what the contract takes", () => {
    expect(findKeyFault({ partition: "a", digest })).toBeUndefined();
    expect(findKeyFault({ partition: "x".repeat(128), digest })).toBeUndefined();
    expect(findKeyFault({ partition: "🙂".repeat(128), digest })).toBeUndefined();
  });

  it("says what is wrong", () => {
    expect(findKeyFault({ partition: "", digest })).toContain("key.partition is empty");
    expect(findKeyFault({ partition: "x".repeat(129), digest })).toContain("longer than 128");
    expect(findKeyFault({ partition: "a", digest: digest.subarray(1) })).toContain("has 31 bytes");
  });
});
