import { expect, test } from "vitest";
import { holdsForeignSignature, unsignedMark, unwrapSignature, wrapSignature } from "./signature.ts";

test("a dialect's own signature stands as it is", () => {
  expect(wrapSignature({ signer: "anthropic", value: "EqQB+/=" }, "anthropic")).toBe("EqQB+/=");
  expect(unwrapSignature("EqQB+/=", "anthropic")).toEqual({ signer: "anthropic", value: "EqQB+/=" });
});

test("a foreign one comes back byte for byte, with its signer", () => {
  for (const value of ["EqQB+/=", 'ünïcode {"a":1}', "x"]) {
    const wrapped = wrapSignature({ signer: "google", value }, "anthropic");
    expect(wrapped).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(unwrapSignature(wrapped, "anthropic")).toEqual({ signer: "google", value });
  }
});

test("nothing stays nothing", () => {
  expect(wrapSignature({ signer: "google", value: "" }, "anthropic")).toBe("");
  expect(unwrapSignature("", "anthropic")).toEqual({ signer: "", value: "" });
});

test.each(["sluice_sig_", "sluice_sig_google", "sluice_sig_google_a+b"])("%s is no envelope", (text) => {
  expect(unwrapSignature(text, "anthropic")).toEqual({ signer: "anthropic", value: text });
});

test("what is not signed is marked, and has no bytes", () => {
  expect(unwrapSignature(unsignedMark, "anthropic")).toEqual({ signer: "none", value: "" });
});

test("bytes that hold an envelope are known by it", () => {
  const holds = (text: string) => holdsForeignSignature(Buffer.from(text));
  expect(holds(JSON.stringify({ signature: wrapSignature({ signer: "google", value: "x" }, "anthropic") }))).toBe(true);
  expect(holds(JSON.stringify({ signature: unsignedMark }))).toBe(true);
  expect(holds(JSON.stringify({ signature: "EqQB+/=" }))).toBe(false);
});
