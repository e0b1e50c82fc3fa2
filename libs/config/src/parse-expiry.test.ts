import { describe, expect, it } from "vitest";
import { parseExpiry } from "./parse-expiry.ts";

describe("parseExpiry", () => {
  it.each([
    ["2027-01-01", Date.UTC(2027, 0, 1)],
    ["2028-02-29", Date.UTC(2028, 1, 29)],
    ["2027-01-01T12:00:00Z", Date.UTC(2027, 0, 1, 12)],
    ["2027-01-01T12:00:00.5+02:00", Date.UTC(2027, 0, 1, 10, 0, 0, 500)],
  ])("reads %s", (text, expected) => {
    expect(parseExpiry(text)).toBe(expected);
  });

  it.each(["2027-02-29", "2027-13-01", "2027-00-10", "2027-01-01T25:00:00Z", "tomorrow", ""])("refuses %j", (text) => {
    expect(parseExpiry(text)).toBeUndefined();
  });
});
