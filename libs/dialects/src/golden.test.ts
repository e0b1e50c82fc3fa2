import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeStream, encodeStream, readSse } from "../tests/streams.ts";
import { listTestdata, readTestdata, readTestdataJson, testdataDirectory } from "../tests/testdata.ts";
import type { Dialect, DialectName } from "./dialect.ts";
import { dialects } from "./dialects.ts";
import { findStreamFaults } from "./stream-invariants.ts";

// Each crossing of each case is a file in testdata/golden/<from>.<to>. After a change: vitest -u, and read the difference.

/** The model of each target: one that its provider has, since what a request becomes may depend on it. */
const models: Readonly<Record<DialectName, string>> = {
  "openai.chat": "gpt-5.5",
  "openai.responses": "gpt-5.5",
  "anthropic.messages": "claude-sonnet-4-5",
  "gemini.generate": "gemini-3.1-pro-preview",
  "cohere.chat": "command-a-reasoning-08-2025",
  "bedrock.converse": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
};

type Crossing = { readonly from: Dialect; readonly to: Dialect; readonly folder: string };

/** Each dialect to itself, and to and from those that most clients speak. */
const common: ReadonlySet<string> = new Set(["openai.chat", "anthropic.messages"]);

const crossings: readonly Crossing[] = Object.values(dialects).flatMap((from) =>
  Object.values(dialects)
    .filter((to) => from === to || common.has(from.name) || common.has(to.name))
    .map((to) => ({ from, to, folder: `${folderOf(from)}.${folderOf(to)}` })),
);

function folderOf({ name }: Dialect): string {
  return name.replace(".", "-");
}

function golden(folder: string, file: string): string {
  return join(testdataDirectory, "golden", folder, file);
}

function madeFolder(dialect: Dialect): string {
  return `made/${folderOf(dialect)}`;
}

function listCases(suffix: string) {
  return crossings.flatMap(({ from, to, folder }) =>
    listTestdata(madeFolder(from), suffix).map((name) => ({ from, to, folder, name })),
  );
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

describe("requests", () => {
  test.each(Object.values(dialects))("$name has cases", (dialect) => {
    expect(listTestdata(madeFolder(dialect), ".request.json").length).toBeGreaterThan(0);
  });

  test.each(listCases(".request.json"))("$folder: $name", async ({ from, to, folder, name }) => {
    const address = { model: models[from.name], stream: true };
    const decoded = from.decodeRequest(readTestdataJson(`${madeFolder(from)}/${name}.request.json`), address);
    if (decoded.kind === "invalid") throw new Error(`${decoded.problem.parameter}: ${decoded.problem.message}`);
    const encoded = to.encodeRequest(decoded.value, {
      model: models[to.name],
      stream: true,
      defaultMaxOutputTokens: 4096,
    });
    const written =
      encoded.kind === "refused"
        ? { refused: encoded.problem }
        : {
            body: encoded.body,
            changes: encoded.changes.map(({ kind, parameter, detail }) => ({ kind, parameter, detail })),
          };
    await expect(toJson(written)).toMatchFileSnapshot(golden(folder, `${name}.request.json`));
  });
});

describe("responses", () => {
  test.each(listCases(".response.json"))("$folder: $name", async ({ from, to, folder, name }) => {
    const decoded = from.decodeResponse(readTestdataJson(`${madeFolder(from)}/${name}.response.json`));
    if (decoded.kind !== "response") throw new Error(decoded.kind);
    const { body, changes } = to.encodeResponse(decoded.response, {
      fallbackId: "fallback-id",
      fallbackCreatedSeconds: 1_790_000_000,
    });
    const written = {
      body,
      changes: changes.map(({ kind, parameter, detail }) => ({ kind, parameter, detail })),
    };
    await expect(toJson(written)).toMatchFileSnapshot(golden(folder, `${name}.response.json`));
  });
});

describe("streams", () => {
  test.each(listCases(".stream.sse"))("$folder: $name", async ({ from, to, folder, name }) => {
    const sse = readSse([readTestdata(`${madeFolder(from)}/${name}.stream.sse`)]);
    const events = decodeStream(from, sse);
    expect(findStreamFaults(events)).toEqual([]);
    await expect(encodeStream(to, events)).toMatchFileSnapshot(golden(folder, `${name}.stream.sse`));
  });
});
