import { expect, test } from "vitest";
import { appendInit, appendMetadata, appendTrailers, headersOf, splitTrailers } from "./headers.ts";

test.each([
  ["Headers", new Headers({ "X-A": "1", "Content-Type": "text/html", Connection: "close" })],
  [
    "pairs",
    [
      ["X-A", "1"],
      ["content-length", "7"],
    ] as [string, string][],
  ],
  ["a record", { "X-A": "1", "Connect-Timeout-Ms": "1", Host: "elsewhere" }],
])("a caller's %s go on, but for what belongs to the protocol", (_name, init) => {
  const list: string[] = [];
  appendInit(list, init);
  expect(list).toEqual(["x-a", "1"]);
});

test("nothing is nothing", () => {
  const list: string[] = [];
  appendInit(list, undefined);
  appendMetadata(list, undefined);
  appendTrailers(list, undefined);
  expect(list).toEqual([]);
});

test("trailers travel under a prefix and are told apart again", () => {
  const list: string[] = [];
  appendMetadata(list, new Headers({ "x-a": "1" }));
  appendTrailers(list, new Headers({ "x-b": "2" }));
  expect(list).toEqual(["x-a", "1", "trailer-x-b", "2"]);
  const { header, trailer } = splitTrailers({ "x-a": "1", "trailer-x-b": ["2", "3"] });
  expect([...header]).toEqual([["x-a", "1"]]);
  expect([...trailer]).toEqual([["x-b", "2, 3"]]);
});

test("a field that came several times has all its values", () => {
  expect([...headersOf({ "x-a": ["1", "2"], "set-cookie": ["a", "b"], ":path": "/" })]).toEqual([
    ["set-cookie", "a"],
    ["set-cookie", "b"],
    ["x-a", "1, 2"],
  ]);
});
