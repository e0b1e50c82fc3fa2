import { describe, expect, it } from "vitest";
import { createRuleBook, type RequestFacts } from "./rule-book.ts";

const FACTS: RequestFacts = {
  api: "openai.chat",
  model: "gpt-4o",
  stream: true,
  apiKey: "k",
  body: Buffer.from('{"x":"needle"}'),
};

describe("createRuleBook", () => {
  it("decides by the first rule that matches, once unless told otherwise", () => {
    const book = createRuleBook(1);
    book.add([
      { match: { model: "other" }, reply: { text: "no" } },
      { match: { bodyContains: "needle", apiKey: "k", stream: true, api: "openai.chat" }, reply: { text: "a" } },
      { reply: { text: "b" }, times: 2 },
      { reply: { text: "c" }, times: "always" },
    ]);
    const said = Array.from({ length: 5 }, () => book.choose(FACTS)?.reply?.text);
    expect(said).toEqual(["a", "b", "b", "c", "c"]);
    expect(book.choose({ ...FACTS, model: "other" })?.reply?.text).toBe("no");
    book.reset();
    expect(book.choose(FACTS)).toBeUndefined();
  });

  it("passes over faults that cannot strike, and keeps them", () => {
    const book = createRuleBook(1);
    book.add([{ fault: "no-done" }, { fault: "truncated-json" }]);
    expect(book.choose({ ...FACTS, stream: false })?.fault?.name).toBe("truncated-json");
    expect(book.choose({ ...FACTS, stream: false })).toBeUndefined();
    expect(book.choose(FACTS)?.fault?.name).toBe("no-done");
  });

  it("draws by probability, the same for the same seed", () => {
    const draw = (seed: number) => {
      const book = createRuleBook(seed);
      book.add([{ probability: 0.3, times: "always", fault: "server-error" }]);
      return Array.from({ length: 1000 }, () => (book.choose(FACTS) === undefined ? 0 : 1));
    };
    expect(draw(4)).toEqual(draw(4));
    expect(draw(4)).not.toEqual(draw(5));
    const hits = draw(4).reduce<number>((sum, hit) => sum + hit, 0);
    expect(hits).toBeGreaterThan(230);
    expect(hits).toBeLessThan(370);
  });

  it("refuses faults it does not know", () => {
    expect(() => createRuleBook(1).add([{ fault: "meteor" as "no-done" }])).toThrow("unknown fault meteor");
  });
});
