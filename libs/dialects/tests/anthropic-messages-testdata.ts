import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { createSseDecoder, type SseEvent } from "@sluice/sse";
import type { JsonObject, StreamDecoder } from "../src/dialect.ts";

const directory = join(import.meta.dirname, "../testdata");

export function listMade(suffix: string): readonly string[] {
  return readdirSync(join(directory, "made/anthropic-messages"))
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length));
}

export function listBroken(): readonly string[] {
  return readdirSync(join(directory, "broken/anthropic-messages")).map((name) => name.replace(/\.sse$/, ""));
}

export function readMadeJson(name: string): JsonObject {
  return JSON.parse(readFileSync(join(directory, "made/anthropic-messages", `${name}.json`), "utf8")) as JsonObject;
}

export function readMadeStream(name: string): Buffer {
  return readFileSync(join(directory, "made/anthropic-messages", `${name}.stream.sse`));
}

export function readBrokenStream(name: string): Buffer {
  return readFileSync(join(directory, "broken/anthropic-messages", `${name}.sse`));
}

/** The events of a body, cut where `cuts` says. */
export function readSse(bytes: Buffer, cuts: readonly number[] = []): readonly SseEvent[] {
  const decoder = createSseDecoder();
  const events: SseEvent[] = [];
  for (const [index, from] of [0, ...cuts].entries()) {
    for (const item of decoder.push(bytes.subarray(from, cuts[index] ?? bytes.length))) {
      if (item.kind === "error") throw item.error;
      events.push(item);
    }
  }
  return events;
}

export function decodeStream(events: readonly SseEvent[], decoder: StreamDecoder): readonly StreamEvent[] {
  return [...events.flatMap((event) => decoder.push(event)), ...decoder.end()];
}

/** A request with one text as a string, and without `stream: false` and empty descriptions: it means the same. */
export function simplifyRequest(value: unknown): unknown {
  if (Array.isArray(value)) {
    const only = value.length === 1 ? (value[0] as JsonObject) : undefined;
    if (only?.["type"] === "text" && Object.keys(only).length === 2) return only["text"];
    return value.map(simplifyRequest);
  }
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, member]) => !((key === "stream" && member === false) || (key === "description" && member === "")),
  );
  return Object.fromEntries(kept.map(([key, member]) => [key, simplifyRequest(member)]));
}
