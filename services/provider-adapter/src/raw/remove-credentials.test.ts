import { describe, expect, test } from "vitest";
import { requestHeadersToKeep, responseHeadersToKeep, urlToKeep } from "./remove-credentials.ts";

describe("what is kept of a call", () => {
  test("has every header's name, and the values of those that are no secret", () => {
    expect(
      requestHeadersToKeep([
        ...["content-type", "application/json", "anthropic-version", "2023-06-01", "Authorization", "Bearer secret"],
        ...["x-api-key", "secret", "x-amz-security-token", "secret", "cookie", "secret", "x-of-our-own", "secret"],
      ]),
    ).toEqual({
      "content-type": "application/json",
      "anthropic-version": "2023-06-01",
      authorization: "[removed]",
      "x-api-key": "[removed]",
      "x-amz-security-token": "[removed]",
      cookie: "[removed]",
      "x-of-our-own": "[removed]",
    });
  });

  test("has the answer's headers but cookies", () => {
    expect(
      responseHeadersToKeep({ "Content-Type": "a/b", "set-cookie": ["s=1"], via: ["a", "b"], none: undefined }),
    ).toEqual({
      "content-type": "a/b",
      via: "a, b",
    });
  });

  test.each([
    ["/v1/x", "https://h/v1/x"],
    ["/v1/x?alt=sse&key=secret", "https://h/v1/x?alt=sse&key=[removed]"],
    ["/v1/x?api-version=2024&sig=a=b&flag", "https://h/v1/x?api-version=2024&sig=[removed]&flag"],
  ])("has the address %s without secrets", (path, kept) => {
    expect(urlToKeep("https://h", path)).toBe(kept);
  });
});
