import { expect, test } from "vitest";
import { decodeBase64, formatDataUrl, isDataUrl, parseDataUrl } from "./data-url.ts";

test.each([
  ["data:image/png;base64,AQID", "image/png", [1, 2, 3]],
  ["DATA:IMAGE/PNG;BASE64,AQID", "image/png", [1, 2, 3]],
  ["data:text/plain;charset=utf-8;base64,aGk=", "text/plain", [104, 105]],
  ["data:text/plain,h%C3%A9", "text/plain", [104, 195, 169]],
  ["data:;base64,", "", []],
])("%s", (url, mediaType, bytes) => {
  const parsed = parseDataUrl(url);
  expect(parsed?.mediaType).toBe(mediaType);
  expect([...(parsed?.bytes ?? [])]).toEqual(bytes);
  expect(isDataUrl(url)).toBe(true);
});

test.each(["https://example.org/a.png", "data:image/png;base64", "data:image/png;base64,$$$", "data:text/plain,%"])(
  "%s is none",
  (url) => {
    expect(parseDataUrl(url)).toBeUndefined();
  },
);

test("formatDataUrl", () => {
  expect(formatDataUrl("image/png", Uint8Array.of(1, 2, 3))).toBe("data:image/png;base64,AQID");
  expect(decodeBase64("a b")).toBeDefined();
  expect(decodeBase64("a!b")).toBeUndefined();
});
