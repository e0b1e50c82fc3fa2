import { describe, expect, test } from "vitest";
import { parsePriceList } from "./parse-price-list.ts";

const model = (more: object = {}) => ({
  id: "m",
  match: { equals: "m" },
  prices: { input_mtok: 1, output_mtok: 2 },
  ...more,
});
const read = (...models: unknown[]) =>
  parsePriceList(JSON.stringify([{ id: "acme", name: "Acme", api_pattern: "x", models }]), "prices.example/list");

test("reads prices with tiers and dates, whether or not a constraint names its type", () => {
  const prices = [
    { prices: { input_mtok: 1, output_mtok: 2 } },
    {
      constraint: { start_date: "2026-12-01" },
      prices: { input_mtok: { base: 1, tiers: [{ start: 200, price: 3 }] } },
    },
    { constraint: { start_time: "00:30:00Z", end_time: "16:30:00Z" }, prices: {} },
  ];
  const parsed = read(model({ prices, context_window: 1_000, name: "M" }));
  expect(parsed).toMatchObject({ kind: "valid" });
  if (parsed.kind !== "valid") return;
  expect(parsed.list.get("acme")).toEqual({
    source: "prices.example/list",
    models: [
      {
        id: "m",
        name: "M",
        match: { equals: "m" },
        context_window: 1_000,
        prices: [
          prices[0],
          { ...prices[1], constraint: { type: "start_date", start_date: "2026-12-01" } },
          { ...prices[2], constraint: { type: "time_of_date", start_time: "00:30:00Z", end_time: "16:30:00Z" } },
        ],
      },
    ],
  });
});

describe("refuses the whole of a list", () => {
  const nested = (depth: number): object => (depth === 0 ? { equals: "m" } : { or: [nested(depth - 1)] });

  test.each([
    ["that is not JSON", "<html>", "it is not JSON"],
    ["that is no list", "{}", "expected a list of providers"],
    ["that is empty", "[]", "there is no provider in it"],
    ["of providers without models", '[{"id":"acme"}]', "acme.models: expected a list"],
  ])("%s", (_what, text, reason) => {
    expect(parsePriceList(text, "s")).toEqual({ kind: "invalid", reason });
  });

  test.each([
    [{ prices: { input_mtok: -1 } }, "acme.models[0].prices.input_mtok: expected an amount of US dollars, 0 or more"],
    [{ prices: { input_mtok: { base: 1 } } }, "acme.models[0].prices.input_mtok.tiers: expected a list"],
    [{ id: "a b" }, "acme.models[0].id: expected a name of at most 256 characters"],
    [{ match: { like: "m" } }, /^acme\.models\[0\]\.match: expected equals/],
    [{ match: nested(8) }, /nested more than 4 deep$/],
    [{ prices: [{ constraint: { weekday: 1 }, prices: {} }] }, /constraint: expected start_date/],
  ])("with a model like %j", (more, reason) => {
    const parsed = read(model(more));
    expect(parsed.kind).toBe("invalid");
    if (parsed.kind === "invalid") expect(parsed.reason).toMatch(reason);
  });
});
