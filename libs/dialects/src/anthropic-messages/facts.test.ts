import { describe, expect, it } from "vitest";
import { listMade, readMadeJson } from "../../tests/anthropic-messages-testdata.ts";
import type { JsonObject, RequestFacts } from "../dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { readFacts } from "./facts.ts";

const valid = { model: "claude-sonnet-4-5", max_tokens: 100, messages: [{ role: "user", content: "hi" }] };

function read(body: JsonObject): RequestFacts {
  const parsed = readFacts(body);
  if (parsed.kind === "invalid") throw new Error(parsed.problem.message);
  return parsed.value;
}

describe("readFacts", () => {
  it("reads what decisions need", () => {
    expect(read({ ...valid, stream: true, metadata: { user_id: "u" } })).toMatchObject({
      model: "claude-sonnet-4-5",
      stream: true,
      maxOutputTokens: 100,
      candidateCount: 1,
      inputModalities: ["text"],
      hasTools: false,
      endUser: "u",
    });
    expect(read(readMadeJson("full.request"))).toMatchObject({
      inputModalities: ["text", "image", "document"],
      hasTools: true,
      endUser: "user-7",
    });
  });

  it("bounds the input by its bytes, and grows with all that reaches the model", () => {
    const bare = read(valid).inputTokensAtMost;
    const grown = (more: JsonObject) => read({ ...valid, ...more }).inputTokensAtMost - bare;
    expect(grown({ messages: [{ role: "user", content: "hi".repeat(500) }] })).toBe(998);
    expect(grown({ messages: [{ role: "user", content: "€" }] })).toBe(1);
    expect(grown({ system: "x".repeat(100) })).toBeGreaterThanOrEqual(100);
    expect(grown({ tools: [{ name: "x", input_schema: { description: "y".repeat(100) } }] })).toBeGreaterThan(100);
    expect(grown({ tools: [{ type: "computer_20251124", name: "computer" }] })).toBeGreaterThan(2000);
    const block = (content: JsonObject) => grown({ messages: [{ role: "user", content: [content] }] });
    expect(block({ type: "text", text: "z".repeat(50) })).toBeGreaterThanOrEqual(48);
    expect(block({ type: "tool_result", tool_use_id: "a", content: "z".repeat(50) })).toBeGreaterThanOrEqual(48);
    // A picture by its allowance, not by its bytes.
    const picture = (size: number) =>
      block({ type: "image", source: { type: "base64", media_type: "image/png", data: "A".repeat(size) } });
    expect(picture(1_000_000)).toBe(picture(4));
    expect(picture(4)).toBeGreaterThan(4784);
    const pdf = (size: number) =>
      block({ type: "document", source: { type: "base64", media_type: "application/pdf", data: "A".repeat(size) } });
    expect(pdf(1_000_000)).toBeGreaterThan(pdf(4));
    expect(block({ type: "document", source: { type: "url", url: "https://a.b/c.pdf" } })).toBeGreaterThan(100_000);
    expect(
      block({ type: "document", source: { type: "content", content: [{ type: "text", text: "z".repeat(50) }] } }),
    ).toBeGreaterThanOrEqual(48);
  });

  it("finds pictures within results and documents", () => {
    const image = { type: "image", source: { type: "url", url: "https://a.b" } };
    const content = [{ type: "tool_result", tool_use_id: "a", content: [image] }];
    expect(read({ ...valid, messages: [{ role: "user", content }] }).inputModalities).toEqual(["text", "image"]);
  });

  it.each(listMade(".request.json"))("agrees with the decoder: %s", (name) => {
    const body = readMadeJson(`${name}.request`);
    expect(readFacts(body).kind).toBe("valid");
    expect(decodeRequest(body).kind).toBe("valid");
  });

  it.each<readonly [JsonObject, string]>([
    [{}, "model: Field required"],
    [{ ...valid, model: 5 }, "model: Input should be a valid string"],
    [{ ...valid, max_tokens: undefined }, "max_tokens: Field required"],
    [{ ...valid, max_tokens: -1 }, "max_tokens: Input should be a valid integer"],
    [{ ...valid, messages: undefined }, "messages: Field required"],
    [{ ...valid, messages: [] }, "messages: at least one message is required"],
    [{ ...valid, messages: ["hi"] }, "messages.0: Input should be a valid dictionary or object to extract fields from"],
    [
      { ...valid, messages: [{ role: "tool", content: "x" }] },
      "messages.0.role: Input should be 'user', 'assistant' or 'system'",
    ],
    [{ ...valid, messages: [{ role: "user" }] }, "messages.0.content: Field required"],
    [{ ...valid, messages: [{ role: "user", content: 5 }] }, "messages.0.content: Input should be a valid list"],
    [{ ...valid, stream: "yes" }, "stream: Input should be a valid boolean"],
    [{ ...valid, tools: {} }, "tools: Input should be a valid list"],
    [{ ...valid, temperature: "hot" }, "temperature: Input should be a valid number"],
    [{ ...valid, stop_sequences: "END" }, "stop_sequences: Input should be a valid list"],
    [{ ...valid, thinking: "yes" }, "thinking: Input should be a valid dictionary or object to extract fields from"],
  ])("refuses %j", (body, message) => {
    const parsed = readFacts(body);
    expect(parsed.kind === "invalid" && parsed.problem.message).toBe(message);
  });

  it("refuses a request nested too deep to be read", () => {
    const deep = (depth: number) => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`) as [];
    for (const body of [
      { ...valid, container: deep(100_000) },
      { ...valid, messages: [{ role: "user", content: [{ type: "text", text: "x", extra: deep(100_000) }] }] },
    ]) {
      const parsed = readFacts(body);
      expect(parsed.kind === "invalid" && parsed.problem.message).toMatch(/nested deeper/);
    }
    let content: JsonObject[] = [{ type: "text", text: "x" }];
    for (let depth = 0; depth < 1000; depth += 1) content = [{ type: "tool_result", tool_use_id: "a", content }];
    expect(readFacts({ ...valid, messages: [{ role: "user", content }] }).kind).toBe("invalid");
  });
});
