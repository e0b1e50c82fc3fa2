import { LRUCache } from "lru-cache";
import { type EntryKey, textOfKey } from "../entry/entry-key.ts";
import { isFresh, type KeptEntry } from "../entry/kept-entry.ts";

/**
 * The generation of a partition at one moment. A purge begins a new one; an entry read or stored under an older one is no longer given, so
 * that a read that began before a purge cannot bring back what the purge forgot.
 */
export type Generation = symbol;

export interface MemoryEntries {
  /** To be taken before the store is read or written, and handed to `put` with what came of it. */
  generation(partition: string): Generation;
  /** The entry, if it is there, fresh and of the present generation. */
  find(key: EntryKey, nowMs: number): KeptEntry | undefined;
  put(key: EntryKey, entry: KeptEntry, nowMs: number, generation: Generation): void;
  forget(partition: string): void;
  forgetAll(): void;
  readonly entries: number;
  /** At most the bound, an allowance for each entry's own objects included. */
  readonly bytes: number;
}

interface Held {
  readonly kept: KeptEntry;
  readonly generation: Generation;
  readonly partition: string;
  readonly sinceMs: number;
}

/** How long an entry is given before the store is asked again: another replica may have replaced it. */
export const maxHeldMs = 30_000;
/** About what an entry's objects, key and place in the list take beside its body. */
const overheadBytes = 1_024;
/** Purged partitions that are remembered by name; beyond it everything is forgotten at once, which is always right. */
const maxPurgedPartitions = 10_000;

/** Entries in memory, the least recently used let go beyond `maxBytes`. */
export function createMemoryEntries(options: {
  readonly maxBytes: number;
  readonly onEvicted?: () => void;
}): MemoryEntries {
  const held = new LRUCache<string, Held>({
    maxSize: options.maxBytes,
    sizeCalculation: ({ kept, partition }) =>
      overheadBytes + kept.entry.body.length + 2 * (kept.entry.model.length + partition.length),
    dispose: (_value, _key, reason) => {
      if (reason === "evict") options.onEvicted?.();
    },
  });
  const purged = new Map<string, Generation>();
  let initial: Generation = Symbol("generation");

  const generation = (partition: string): Generation => purged.get(partition) ?? initial;
  function forgetAll(): void {
    held.clear();
    purged.clear();
    initial = Symbol("generation");
  }

  return {
    generation,
    find(key, nowMs) {
      const text = textOfKey(key);
      const found = held.get(text);
      if (found === undefined) return undefined;
      const isCurrent = found.generation === generation(key.partition) && nowMs - found.sinceMs < maxHeldMs;
      if (isCurrent && isFresh(found.kept, nowMs)) return found.kept;
      held.delete(text);
      return undefined;
    },
    put(key, kept, nowMs, takenUnder) {
      if (takenUnder !== generation(key.partition)) return;
      held.set(textOfKey(key), { kept, generation: takenUnder, partition: key.partition, sinceMs: nowMs });
    },
    forget(partition) {
      if (purged.size >= maxPurgedPartitions) {
        forgetAll();
        return;
      }
      purged.set(partition, Symbol("generation"));
      for (const [text, one] of held.entries()) if (one.partition === partition) held.delete(text);
    },
    forgetAll,
    get entries() {
      return held.size;
    },
    get bytes() {
      return held.calculatedSize;
    },
  };
}
