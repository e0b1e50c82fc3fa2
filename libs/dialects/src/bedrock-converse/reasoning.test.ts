import { describe, expect, test } from "vitest";
import { readModelTraits } from "./model-traits.ts";
import { encodeReasoning, findReasoningObstacle, type Reasoning, readReasoning } from "./reasoning.ts";

const base64 = (text: string | Uint8Array) => Buffer.from(text as string).toString("base64");
const own = (content: object) => readReasoning(content as never) as Reasoning;

describe("what a model has signed returns byte for byte", () => {
  test.each([
    ["Claude's text", { reasoningText: { text: "Hm.", signature: "EpQBCk==" } }, "anthropic"],
    ["text that Claude did not show", { reasoningText: { text: "", signature: "EpQBCk==" } }, "anthropic"],
    ["text of nobody's", { reasoningText: { text: "Hm." } }, ""],
    ["Claude's redacted bytes", { redactedContent: base64("EmwKAhgBEgy3va3p") }, "anthropic"],
    ["bytes that are no text", { redactedContent: base64(Buffer.from([0xff, 0x00, 0x80])) }, "amazon"],
    ["OpenAI's, in Bedrock's form", { redactedContent: base64(base64(Buffer.from([0x80, 0, 0, 0, 0, 1]))) }, "amazon"],
  ])("%s", (_, content, signer) => {
    const read = own(content);
    expect(read.signer).toBe(signer);
    expect(encodeReasoning(read)).toEqual([{ reasoningContent: content }]);
  });

  test("Claude's redacted bytes are what Anthropic's own API calls data", () => {
    expect(own({ redactedContent: base64("EmwKAhgB") })).toMatchObject({ redactedData: "EmwKAhgB" });
  });

  test("another maker's signature travels in an envelope", () => {
    const foreign: Reasoning = { text: "Hm.", signature: "gemini-sig", redactedData: "", signer: "google" };
    const [block] = encodeReasoning(foreign);
    const told = (block as { reasoningContent: { reasoningText: { signature: string } } }).reasoningContent;
    expect(told.reasoningText.signature).not.toBe("gemini-sig");
    expect(own(told)).toEqual(foreign);
    const redacted: Reasoning = { text: "", signature: "", redactedData: "gAAAAA==", signer: "openai" };
    const [bytes] = encodeReasoning(redacted);
    expect(own((bytes as { reasoningContent: object }).reasoningContent)).toEqual(redacted);
  });
});

test("what is not known is not read", () => {
  expect(readReasoning({ hologram: {} })).toBeUndefined();
});

describe("reasoning of earlier turns", () => {
  const claude = readModelTraits("us.anthropic.claude-sonnet-4-5-20250929-v1:0");
  const gpt = readModelTraits("openai.gpt-5.5");
  const nova = readModelTraits("amazon.nova-pro-v1:0");
  const profile = readModelTraits("arn:aws:bedrock:us-east-1:1:application-inference-profile/x");
  const signed = (signer: string) => ({ text: "Hm.", signature: "s", redactedData: "", signer, id: "" });

  test.each([
    [signed("anthropic"), true, false, false, true],
    [signed("amazon"), false, true, false, true],
    [signed("google"), false, false, false, false],
    [signed(""), true, false, false, true],
    [{ ...signed(""), signature: "" }, false, false, false, false],
  ])("%j", (reasoning, forClaude, forGpt, forNova, forProfile) => {
    const takes = [claude, gpt, nova, profile].map((traits) => findReasoningObstacle(reasoning, traits) === undefined);
    expect(takes).toEqual([forClaude, forGpt, forNova, forProfile]);
  });
});
