import { describe, expect, it } from "vitest";
import { suggestWord } from "./suggest.ts";

describe("suggestWord", () => {
  it.each([
    ["strategey", "strategy"],
    ["baseUrl", "base_url"],
    ["base-url", "base_url"],
    ["tiemzone", "timezone"],
    ["budget", "budgets"],
  ])("takes %s for %s", (word, expected) => {
    expect(suggestWord(word, ["strategy", "base_url", "timezone", "budgets", "to"])).toBe(expected);
  });

  it("suggests nothing that is not near", () => {
    expect(suggestWord("webhook", ["strategy", "a", "to"])).toBeUndefined();
    expect(suggestWord("b", ["a"])).toBeUndefined();
  });
});
