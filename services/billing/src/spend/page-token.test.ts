import { expect, test } from "vitest";
import { formatPageToken, parsePageToken } from "./page-token.ts";

const query = { team: "research" };

test("a token is read back with the query that it was made for", () => {
  const token = formatPageToken(query, ["12", "a|b"]);
  expect(token).toMatch(/^[\w-]+$/);
  expect(parsePageToken(token, query, 2)).toEqual(["12", "a|b"]);
  expect(parsePageToken(token, { team: "sales" }, 2)).toBeUndefined();
  expect(parsePageToken(token, query, 1)).toBeUndefined();
});

test.each(["", "x", "W10", Buffer.from('["a",1]').toString("base64url"), Buffer.from("{}").toString("base64url")])(
  "%j is no token",
  (token) => {
    expect(parsePageToken(token, query, 1)).toBeUndefined();
  },
);
