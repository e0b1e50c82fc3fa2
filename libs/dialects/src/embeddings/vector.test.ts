import { describe, expect, test } from "vitest";
import { decodeFloats, encodeFloats, vectorOf } from "./vector.ts";

describe("base64 of floats", () => {
  test("is little-endian, as OpenAI's and Cohere's", () => {
    expect(encodeFloats([1, -2])).toBe("AACAPwAAAMA=");
    expect(decodeFloats("AACAPwAAAMA=")).toEqual([1, -2]);
  });

  test("returns what 32 bits hold", () => {
    const vector = [0.1, -0.0062405457720160484, 1e-30, 0].map(Math.fround);
    expect(decodeFloats(encodeFloats(vector))).toEqual(vector);
  });

  test.each(["AACA", "not base64!", "AACAPw"])("%s is none, or whole", (text) => {
    const floats = decodeFloats(text);
    expect(floats === undefined || floats.length === 1).toBe(true);
  });
});

test("a vector is had in the form that is there, or that can be made", () => {
  const base64 = encodeFloats([1, 2]);
  expect(vectorOf({ float: [1, 2] }, "base64")).toBe(base64);
  expect(vectorOf({ base64 }, "float")).toEqual([1, 2]);
  expect(vectorOf({ float: [1, 2] }, "int8")).toBeUndefined();
  expect(vectorOf({ int8: [1], float: [0.5] }, "int8")).toEqual([1]);
});
