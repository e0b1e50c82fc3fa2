import { expect, test } from "vitest";
import { readExtraContent, writeExtraContent } from "./extra-content.ts";

test("what stands beside the signature is kept, and put back beside it", () => {
  const extra = { google: { thought_signature: "s", confidence: 1 }, other: { a: 1 } };
  const { signed, rest } = readExtraContent(extra);
  expect(signed).toEqual({ signer: "google", value: "s" });
  expect(rest).toEqual({ google: { confidence: 1 }, other: { a: 1 } });
  expect(writeExtraContent(signed, rest)).toEqual(extra);
});

test("a signature alone leaves nothing, and nothing is nothing", () => {
  expect(readExtraContent({ google: { thought_signature: "s" } }).rest).toBeUndefined();
  expect(readExtraContent(undefined)).toEqual({ signed: { signer: "", value: "" }, rest: undefined });
  expect(writeExtraContent({ signer: "", value: "" })).toBeUndefined();
});

test("without a signature all of it is kept", () => {
  expect(readExtraContent({ google: { grounding: 1 } }).rest).toEqual({ google: { grounding: 1 } });
});

test("another maker's signature is told in an envelope", () => {
  const told = writeExtraContent({ signer: "openai", value: "s" });
  expect(told).toEqual({ google: { thought_signature: expect.stringMatching(/^sluice_sig_openai_/) } });
  expect(readExtraContent(told).signed).toEqual({ signer: "openai", value: "s" });
});
