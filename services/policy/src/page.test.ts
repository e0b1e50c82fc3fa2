import { describe, expect, it } from "vitest";
import { decodePageToken, encodePageToken, pageOf, readPageSize } from "./page.ts";

const items = Array.from({ length: 120 }, (_, index) => `item-${String(index).padStart(3, "0")}`);

describe("pages", () => {
  it("follow one another without gap or overlap", () => {
    const seen: string[] = [];
    for (let pageToken = ""; ; ) {
      const page = pageOf(items, (item) => item, { pageSize: 0, pageToken });
      expect(page.items.length).toBeLessThanOrEqual(50);
      seen.push(...page.items);
      pageToken = page.nextPageToken;
      if (pageToken === "") break;
    }
    expect(seen).toEqual(items);
  });

  it("have no successor when they end with the last", () => {
    expect(pageOf(items.slice(0, 50), (item) => item, { pageSize: 50, pageToken: "" }).nextPageToken).toBe("");
  });

  it("are bounded", () => {
    expect([0, 7, 5_000].map(readPageSize)).toEqual([50, 7, 1_000]);
  });

  it("refuse tokens that are not theirs", () => {
    expect(decodePageToken("", 2)).toBeUndefined();
    expect(decodePageToken(encodePageToken(["a", "b"]), 2)).toEqual(["a", "b"]);
    for (const token of ["x", encodePageToken(["a"]), Buffer.from("[1,2]").toString("base64url")]) {
      expect(() => decodePageToken(token, 2)).toThrow("page_token");
    }
  });
});
