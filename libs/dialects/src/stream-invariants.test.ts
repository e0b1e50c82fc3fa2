import { expect, test } from "vitest";
import { createStreamEvent } from "./stream-event.ts";
import { findStreamFaults } from "./stream-invariants.ts";

const start = createStreamEvent({ case: "responseStart", value: {} });
const finish = createStreamEvent({ case: "finish", value: {} });
const error = createStreamEvent({ case: "error", value: {} });
const textStart = (part = 0) => createStreamEvent({ case: "textStart", value: {} }, 0, part);
const textDelta = (part = 0) => createStreamEvent({ case: "textDelta", value: { text: "x" } }, 0, part);
const textEnd = (part = 0) => createStreamEvent({ case: "textEnd", value: {} }, 0, part);

test.each([
  ["a text", [start, textStart(), textDelta(), textEnd(), finish]],
  [
    "two texts that interleave",
    [start, textStart(), textStart(1), textDelta(), textDelta(1), textEnd(1), textEnd(), finish],
  ],
  ["an error alone", [error]],
  ["an error after a text", [start, textStart(), textEnd(), error]],
])("finds nothing wrong with %s", (_, events) => {
  expect(findStreamFaults(events)).toEqual([]);
});

test.each([
  ["no end", [start, textStart(), finish], /has no end/],
  ["no finish", [start, textStart(), textEnd()], /neither finish nor error/],
  ["two ends", [start, finish, error], /after the end/],
  ["something after the end", [start, finish, textStart()], /after the end/],
  ["no start", [textStart(), textEnd(), finish], /before response_start/],
  ["two starts", [start, start, finish], /second response_start/],
  ["a delta before its start", [start, textDelta(), finish], /expected an open text/],
  ["a delta after its end", [start, textStart(), textEnd(), textDelta(), finish], /expected an open text/],
  ["a part out of order", [start, textStart(1), textEnd(1), finish], /expected part 0/],
  ["a part twice", [start, textStart(), textEnd(), textStart(), textEnd(), finish], /expected part 1/],
])("finds %s", (_, events, message) => {
  expect(findStreamFaults(events).join("\n")).toMatch(message);
});
