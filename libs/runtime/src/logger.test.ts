import { expect, test } from "vitest";
import { ConfigError } from "./env.ts";
import { createLogger, type LogLevel, readLogLevel } from "./logger.ts";

function capture(level: LogLevel = "debug", pretty = false) {
  const lines: string[] = [];
  const logger = createLogger({ service: "router", level, pretty, write: (line) => lines.push(line) });
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? "null") as Record<string, unknown> };
}

test("a line has level, time, service, fields and message", () => {
  const { logger, last } = capture();
  logger.child({ part: "flow" }).info("request served", { durationMs: 12.5, cost: 12n, model: undefined });
  expect(last()).toEqual({
    level: "info",
    time: expect.any(Number),
    service: "router",
    part: "flow",
    durationMs: 12.5,
    cost: "12",
    msg: "request served",
  });
});

test("levels below the logger's are not written", () => {
  const { logger, lines } = capture("warn");
  logger.info("no");
  logger.warn("yes");
  expect(lines).toHaveLength(1);
  expect(logger.enabled("info")).toBe(false);
  expect(logger.enabled("error")).toBe(true);
});

test("secrets are replaced: by name at any depth, and inside texts", () => {
  const { logger, lines } = capture();
  const cause = new Error("connect postgres://sluice:pa55word@db:5432/x failed");
  logger.error("upstream refused key sk-proj-abcdefgh12345678", {
    apiKey: "k1-plain",
    "x-api-key": "k2-plain",
    tokens: 12,
    request: { headers: { Authorization: "Bearer k3", accept: "json" } },
    list: [{ client_secret: "s", password: "k4-plain" }],
    error: new Error("sent Authorization: Bearer k5-plain-token", { cause }),
    url: "https://x.test/?key=AIzaSyA-1234567890abcdefghijk",
  });
  const line = lines.join("");
  expect(line).not.toMatch(/k1-plain|k2-plain|k3|k4-plain|k5-plain|pa55word|AIzaSy|abcdefgh1234/);
  expect(JSON.parse(line)).toMatchObject({
    apiKey: "[redacted]",
    tokens: 12,
    request: { headers: { Authorization: "[redacted]", accept: "json" } },
    error: {
      name: "Error",
      stack: expect.any(String),
      cause: { message: "connect postgres[redacted]db:5432/x failed" },
    },
    msg: "upstream refused key [redacted]",
  });
});

test("errors keep name, message, code and causes, and nothing else they carry", () => {
  const { logger, last } = capture();
  const error = Object.assign(new TypeError("boom"), { code: "ECONNRESET", body: "a prompt" });
  logger.warn("failed", { error });
  expect(last()["error"]).toEqual({ name: "TypeError", message: "boom", code: "ECONNRESET" });
});

test("what is too deep, too long or binary is cut", () => {
  const { logger, last, lines } = capture();
  const loop: Record<string, unknown> = {};
  loop["self"] = loop;
  logger.info("x", {
    loop,
    bytes: new Uint8Array(3),
    text: "y".repeat(100_000),
    many: Array.from({ length: 1_000 }, () => 1),
  });
  expect(lines[0]?.length).toBeLessThan(10_000);
  expect(last()["bytes"]).toBe("[3 bytes]");
});

test("pretty lines are for people", () => {
  const { logger, lines } = capture("info", true);
  logger.info("request served", { model: "openai/gpt", note: "two words" });
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} info {2}router request served model=openai\/gpt note="two words"\n$/,
  );
});

test("the level comes from the environment", () => {
  expect(readLogLevel({})).toBe("info");
  expect(readLogLevel({ SLUICE_LOG_LEVEL: "debug" })).toBe("debug");
  expect(() => readLogLevel({ SLUICE_LOG_LEVEL: "verbose" })).toThrow(ConfigError);
});
