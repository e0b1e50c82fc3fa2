import { expect, it } from "vitest";
import { isSealedThinking, isSignedThinking, sealThinking, signThinking } from "./thinking-signature.ts";

it("accepts its own signatures and seals, and nothing else", () => {
  expect(isSignedThinking("a thought", signThinking("a thought"))).toBe(true);
  expect(isSignedThinking("another", signThinking("a thought"))).toBe(false);
  expect(isSignedThinking("", sealThinking("a thought"))).toBe(true);
  expect(isSignedThinking("not left out", sealThinking("a thought"))).toBe(false);
  expect(isSealedThinking(sealThinking("grüße"))).toBe(true);
  expect(isSealedThinking(signThinking("a thought"))).toBe(false);
  expect(isSealedThinking(`${sealThinking("x")}A`)).toBe(false);
});
