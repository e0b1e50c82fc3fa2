import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../src/dialect.ts";

export const testdataDirectory = join(import.meta.dirname, "../testdata");

/** Names of the files of a folder of testdata that end so, without that ending. */
export function listTestdata(folder: string, suffix: string): readonly string[] {
  return readdirSync(join(testdataDirectory, folder))
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .sort();
}

export function readTestdata(path: string): Buffer {
  return readFileSync(join(testdataDirectory, path));
}

export function readTestdataJson(path: string): JsonObject {
  return JSON.parse(readTestdata(path).toString("utf8")) as JsonObject;
}
