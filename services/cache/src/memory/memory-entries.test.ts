import { create } from "@bufbuild/protobuf";
import { CacheEntrySchema } from "@sluice/api/sluice/cache/v1/cache_entry";
import { describe, expect, it } from "vitest";
import { keepEntry } from "../entry/kept-entry.ts";
import { createMemoryEntries, maxHeldMs } from "./memory-entries.ts";

const keyOf = (number: number, partition = "team:a") => ({
  partition,
  digest: Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? number % 256 : index === 1 ? number >> 8 : 0)),
});
const answer = (bytes: number, ttlMs = 1_000_000) =>
  keepEntry(create(CacheEntrySchema, { dialect: "openai.chat", body: new Uint8Array(bytes), model: "a/b" }), 0, ttlMs);

describe("createMemoryEntries", () => {
  it("gives an entry until it expires", () => {
    const memory = createMemoryEntries({ maxBytes: 1_000_000 });
    const key = keyOf(1);
    memory.put(key, answer(10, 500), 0, memory.generation(key.partition));
    expect(memory.find(key, 499)?.entry.body).toHaveLength(10);
    expect(memory.find(key, 500)).toBeUndefined();
    expect(memory.entries).toBe(0);
  });

  it("does not give an entry long without the store being asked again", () => {
    const memory = createMemoryEntries({ maxBytes: 1_000_000 });
    const key = keyOf(1);
    memory.put(key, answer(10), 5, memory.generation(key.partition));
    expect(memory.find(key, maxHeldMs + 4)).toBeDefined();
    expect(memory.find(key, maxHeldMs + 5)).toBeUndefined();
  });

  it("never holds more than its bytes, and lets go of what was used longest ago", () => {
    let evicted = 0;
    const memory = createMemoryEntries({ maxBytes: 100_000, onEvicted: () => (evicted += 1) });
    const first = keyOf(0);
    for (let number = 0; number < 500; number += 1) {
      memory.put(keyOf(number), answer(2_000), 0, memory.generation("team:a"));
      memory.find(first, 0);
      expect(memory.bytes).toBeLessThanOrEqual(100_000);
    }
    expect(memory.entries).toBeGreaterThan(20);
    expect(memory.entries + evicted).toBe(500);
    expect(memory.find(first, 0)).toBeDefined();
    expect(memory.find(keyOf(1), 0)).toBeUndefined();
  });

  it("does not take an entry larger than all its bytes", () => {
    const memory = createMemoryEntries({ maxBytes: 10_000 });
    memory.put(keyOf(1), answer(20_000), 0, memory.generation("team:a"));
    expect(memory.entries).toBe(0);
  });

  it("forgets one partition and no other", () => {
    const memory = createMemoryEntries({ maxBytes: 1_000_000 });
    memory.put(keyOf(1), answer(1), 0, memory.generation("team:a"));
    memory.put(keyOf(1, "team:b"), answer(1), 0, memory.generation("team:b"));
    memory.forget("team:a");
    expect(memory.find(keyOf(1), 0)).toBeUndefined();
    expect(memory.find(keyOf(1, "team:b"), 0)).toBeDefined();
  });

  it("refuses what was read before a purge and arrives after it", () => {
    const memory = createMemoryEntries({ maxBytes: 1_000_000 });
    const before = memory.generation("team:a");
    memory.forget("team:a");
    memory.put(keyOf(1), answer(1), 0, before);
    expect(memory.find(keyOf(1), 0)).toBeUndefined();

    const between = memory.generation("team:a");
    memory.forgetAll();
    memory.put(keyOf(1), answer(1), 0, between);
    expect(memory.find(keyOf(1), 0)).toBeUndefined();
  });

  it("holds bytes of its own, not a view into a larger buffer", () => {
    const buffer = new Uint8Array(1_000_000).fill(1);
    const entry = create(CacheEntrySchema, { dialect: "openai.chat", body: buffer.subarray(10, 20), model: "a/b" });
    const kept = keepEntry(entry, 0, 1);
    expect(kept.entry.body.buffer.byteLength).toBe(10);
    buffer.fill(2);
    expect(kept.entry.body[0]).toBe(1);
  });
});
