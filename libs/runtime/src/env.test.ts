import { describe, expect, expectTypeOf, test } from "vitest";
import {
  boolean,
  ConfigError,
  describeEnv,
  duration,
  formatEnvTable,
  hostPort,
  integer,
  list,
  oneOf,
  path,
  readEnv,
  secret,
  string,
  url,
} from "./env.ts";

const shape = {
  port: integer("PORT", { default: 8080, min: 1, max: 65_535, description: "where it listens" }),
  host: string("HOST", { default: "127.0.0.1", description: "address" }),
  token: secret("TOKEN", { optional: true, minLength: 8, description: "admin token" }),
  idle: duration("IDLE", { default: 30_000, maxMs: 60_000, description: "idle time" }),
  debug: boolean("DEBUG", { default: false, description: "debugging" }),
  base: url("BASE", { optional: true, description: "base URL" }),
  peer: hostPort("PEER", { optional: true, description: "peer" }),
  mode: oneOf("MODE", ["mesh", "standalone"], { default: "standalone", description: "mode" }),
  file: path("FILE", { optional: true, description: "file" }),
  tags: list("TAGS", { default: [], description: "tags" }),
} as const;

describe("reading", () => {
  test("defaults hold where variables are unset or empty", () => {
    const config = readEnv({ PORT: "" }, shape);
    expect(config).toEqual({
      port: 8080,
      host: "127.0.0.1",
      token: undefined,
      idle: 30_000,
      debug: false,
      base: undefined,
      peer: undefined,
      mode: "standalone",
      file: undefined,
      tags: [],
    });
    expectTypeOf(config.port).toEqualTypeOf<number>();
    expectTypeOf(config.token).toEqualTypeOf<string | undefined>();
    expectTypeOf(config.mode).toEqualTypeOf<"mesh" | "standalone">();
  });

  test("values are typed", () => {
    const env = {
      PORT: "1",
      TOKEN: "long-enough",
      IDLE: "500ms",
      DEBUG: "1",
      BASE: "https://x.test/v1",
      PEER: "[::1]:9",
      MODE: "mesh",
      TAGS: "a, b",
    };
    expect(readEnv(env, shape)).toMatchObject({
      port: 1,
      token: "long-enough",
      idle: 500,
      debug: true,
      base: "https://x.test/v1",
      peer: { host: "::1", port: 9 },
      mode: "mesh",
      tags: ["a", "b"],
    });
  });

  test("every fault is reported at once, with what was found and what to do, and no secret", () => {
    const env = {
      PORT: "65536",
      TOKEN: "hunter2",
      IDLE: "2h",
      DEBUG: "yes",
      BASE: "redis://u:p4ss@x",
      PEER: "localhost",
      MODE: "cluster",
      TAGS: "a,,b",
    };
    const required = { ...shape, key: string("KEY", { description: "the key" }) };
    let error: unknown;
    try {
      readEnv(env, required);
    } catch (caught) {
      error = caught;
    }
    if (!(error instanceof ConfigError)) throw new Error("no ConfigError");
    expect(error.faults.map((fault) => fault.name)).toEqual([
      "PORT",
      "TOKEN",
      "IDLE",
      "DEBUG",
      "BASE",
      "PEER",
      "MODE",
      "TAGS",
      "KEY",
    ]);
    expect(error.message).toContain(
      'PORT: found "65536", expected a whole number from 1 to 65535; correct PORT, or unset it',
    );
    expect(error.message).toContain("KEY: not set, expected text of at most 4096 characters; set KEY (the key)");
    expect(error.message).toContain('MODE: found "cluster", expected one of mesh, standalone');
    expect(error.message).not.toMatch(/hunter2|p4ss/);
  });

  test.each(["1.5", "1e3", "0x10", " 1", "-", "9007199254740993"])("%j is not a whole number", (text) => {
    expect(() => readEnv({ N: text }, { n: integer("N", { description: "n" }) })).toThrow(ConfigError);
  });
});

test("the table for a README", () => {
  expect(describeEnv({ port: shape.port, token: shape.token })).toEqual([
    { name: "PORT", default: "8080", meaning: "where it listens", expected: "a whole number from 1 to 65535" },
    { name: "TOKEN", default: "", meaning: "admin token", expected: "a secret of at least 8 characters" },
  ]);
  expect(formatEnvTable({ idle: shape.idle, key: string("KEY", { description: "the key" }) })).toBe(
    "| variable | default | meaning |\n| --- | --- | --- |\n| `IDLE` | `30s` | idle time |\n| `KEY` | required | the key |",
  );
});
