import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dialects } from "../src/dialects.ts";
import { answerCells, formatGrid, requestCells } from "./grid/format.ts";

const readme = new URL("../README.md", import.meta.url);
const begin = "<!-- grid: written by tests/grid.test.ts, SLUICE_UPDATE_GRID=1 -->";
const end = "<!-- end of grid -->";

const all = Object.values(dialects);
const clients = all.filter(({ name }) => name !== "bedrock.converse" && name !== "cohere.chat");
const requests = requestCells(clients, all);
const answers = answerCells(all, clients);

test.each([
  ["requests", requests],
  ["answers", answers],
])("nothing of %s is lost in silence", (_what, cells) => {
  expect(
    cells.filter(({ fate }) => fate === "lost").map(({ feature, from, to }) => `${feature}: ${from} → ${to}`),
  ).toEqual([]);
});

test("the grid in the README is what the tests see", () => {
  const text = readFileSync(readme, "utf8");
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  expect(from, `README.md has no line ${begin}`).toBeGreaterThan(0);
  const grid = `${begin}\n\n${formatGrid(requests, (name) => `Requests of \`${name}\` clients to`)}\n\n${formatGrid(answers, (name) => `Answers of \`${name}\` providers to`)}\n\n`;
  const expected = text.slice(0, from) + grid + text.slice(to);
  if (process.env["SLUICE_UPDATE_GRID"] === "1") writeFileSync(readme, expected);
  else expect(text).toBe(expected);
});
