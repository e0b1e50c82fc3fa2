import { describe, expect, it } from "vitest";
import { cutWrites } from "./cuts.ts";
import type { Cuts } from "./script.ts";

const EVENTS = ["data: one 🚀\n\n", Buffer.from("data: two\n\n"), "data: three\n\n"];
const WHOLE = Buffer.concat(EVENTS.map((event) => Buffer.from(event)));

function cut(cuts: Cuts, events: readonly (string | Buffer)[] = EVENTS): readonly Buffer[] {
  return [...cutWrites(events, cuts)].map((piece) => Buffer.from(piece));
}

describe("cutWrites", () => {
  it.each<Cuts>([
    { kind: "whole" },
    { kind: "events" },
    { kind: "bytes" },
    { kind: "random", seed: 1 },
    { kind: "random", seed: 2, maxBytes: 2 },
  ])("changes no byte: %o", (cuts) => {
    expect(Buffer.concat(cut(cuts)).equals(WHOLE)).toBe(true);
  });

  it("cuts as told", () => {
    expect(cut({ kind: "events" })).toHaveLength(3);
    expect(cut({ kind: "bytes" })).toHaveLength(WHOLE.length);
    const small = cut({ kind: "random", seed: 2, maxBytes: 2 });
    expect(Math.max(...small.map((piece) => piece.length))).toBe(2);
  });

  it("cuts at random the same for the same seed, differently for another", () => {
    const lengths = (seed: number) => cut({ kind: "random", seed, maxBytes: 9 }).map((piece) => piece.length);
    expect(lengths(5)).toEqual(lengths(5));
    expect(lengths(5)).not.toEqual(lengths(6));
  });

  it("joins small events and divides large ones into writes of bounded size", () => {
    const large = cut({ kind: "whole" }, ["a".repeat(300_000)]);
    expect(Math.max(...large.map((piece) => piece.length))).toBeLessThanOrEqual(65_536);
    expect(
      cut(
        { kind: "whole" },
        Array.from({ length: 100 }, () => "x".repeat(100)),
      ),
    ).toHaveLength(1);
  });
});
