import { expect, it } from "vitest";
import { splitText } from "./split-text.ts";

it("splits text by tokens and never inside a surrogate pair", () => {
  expect([...splitText("abcdefghij", 1)]).toEqual(["abcd", "efgh", "ij"]);
  const rockets = "abc🚀def🚀🚀🚀";
  const pieces = [...splitText(rockets, 1)];
  expect(pieces.join("")).toBe(rockets);
  expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
  expect([...splitText("", 1)]).toEqual([]);
});
