import { describe, expect, it } from "vitest";
import { isAhead } from "./consumer-place.ts";

describe("isAhead", () => {
  const place = { acknowledged: 40, delivered: 50, firstInStream: 1, lastInStream: 50 };

  it("is not, at the stream's end or before it", () => {
    expect(isAhead(place)).toBe(false);
    expect(isAhead({ ...place, lastInStream: 60 })).toBe(false);
    expect(isAhead({ acknowledged: 0, delivered: 0, firstInStream: 1, lastInStream: 0 })).toBe(false);
  });

  it("is, where the stream ends before what was delivered or acknowledged", () => {
    expect(isAhead({ ...place, lastInStream: 49 })).toBe(true);
    expect(isAhead({ ...place, delivered: 0, lastInStream: 39 })).toBe(true);
  });
});
