import { expect, test } from "vitest";
import { encodeSse, formatSse, formatSseComment } from "./encode.ts";

test("fields in their order, blank line at the end", () => {
  expect(formatSse({ data: "x" })).toBe("data: x\n\n");
  expect(formatSse({ event: "e", id: "1", retryMs: 5, data: "a\nb\r\nc" })).toBe(
    "event: e\nid: 1\nretry: 5\ndata: a\ndata: b\ndata: c\n\n",
  );
  expect(encodeSse({ data: "é" })).toEqual(Buffer.from("data: é\n\n"));
  expect(formatSseComment("ping")).toBe(": ping\n\n");
});

test("a line end in a name or id is refused", () => {
  expect(() => formatSse({ event: "a\nb", data: "" })).toThrow(RangeError);
  expect(() => formatSse({ id: "a\rdata: x", data: "" })).toThrow(RangeError);
});
