import { describe, expect, it } from "vitest";
import { createPromptCache } from "./prompt-cache.ts";

const MARK = { type: "ephemeral" };
const text = (characters: number, mark?: object) => ({
  type: "text",
  text: "x".repeat(characters),
  ...(mark && { cache_control: mark }),
});

describe("createPromptCache", () => {
  it("reads the longest known prefix and writes up to the last mark", () => {
    const cache = createPromptCache();
    const first = { model: "m", system: [text(400, MARK)], messages: [{ role: "user", content: [text(40)] }] };
    expect(cache.read(first)).toEqual({ inputTokens: 10, readTokens: 0, write5mTokens: 100, write1hTokens: 0 });
    expect(cache.read(first)).toEqual({ inputTokens: 10, readTokens: 100, write5mTokens: 0, write1hTokens: 0 });
    const longer = {
      ...first,
      messages: [{ role: "user", content: [text(40), text(80, { ...MARK, ttl: "1h" }), text(4)] }],
    };
    expect(cache.read(longer)).toEqual({ inputTokens: 1, readTokens: 100, write5mTokens: 0, write1hTokens: 30 });
  });

  it("keeps models and contents apart, and forgets when reset", () => {
    const cache = createPromptCache();
    const body = { model: "m", system: [text(400, MARK)], messages: [] };
    cache.read(body);
    expect(cache.read({ ...body, model: "n" }).readTokens).toBe(0);
    expect(cache.read({ ...body, system: [text(404, MARK)] }).readTokens).toBe(0);
    cache.reset();
    expect(cache.read(body).readTokens).toBe(0);
  });

  it("marks the end when cache_control stands at the top", () => {
    const cache = createPromptCache();
    const body = { model: "m", cache_control: MARK, messages: [{ role: "user", content: "x".repeat(40) }] };
    expect(cache.read(body)).toMatchObject({ inputTokens: 0, write5mTokens: 10 });
    expect(cache.read(body)).toMatchObject({ inputTokens: 0, readTokens: 10 });
  });
});
