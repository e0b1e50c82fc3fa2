import type { JsonObject } from "../json.ts";

export interface StoredFile {
  readonly id: string;
  readonly bytes: Buffer;
  readonly filename: string;
  readonly purpose: string;
  readonly createdSeconds: number;
}

export interface StoredBatch {
  readonly id: string;
  readonly fields: JsonObject;
}

/** Files and batches of one fake, oldest first. Ids count up. The oldest go where there are too many. */
export interface FileStore {
  readonly files: ReadonlyMap<string, StoredFile>;
  readonly batches: ReadonlyMap<string, StoredBatch>;
  addFile(file: Omit<StoredFile, "id">): StoredFile;
  deleteFile(id: string): boolean;
  /** A new batch, or the next state of one. */
  putBatch(fields: JsonObject, id?: string): StoredBatch;
  reset(): void;
}

const MAX_ENTRIES = 1000;

export function createFileStore(): FileStore {
  const files = new Map<string, StoredFile>();
  const batches = new Map<string, StoredBatch>();
  let made = 0;
  const nextId = (prefix: string): string => {
    made += 1;
    return `${prefix}fake${String(made).padStart(12, "0")}`;
  };
  return {
    files,
    batches,
    addFile(file) {
      const stored = { ...file, id: nextId("file-") };
      putBounded(files, stored);
      return stored;
    },
    deleteFile: (id) => files.delete(id),
    putBatch(fields, id = nextId("batch_")) {
      const stored = { id, fields: { id, object: "batch", ...fields } };
      putBounded(batches, stored);
      return stored;
    },
    reset() {
      files.clear();
      batches.clear();
    },
  };
}

function putBounded<Entry extends { readonly id: string }>(entries: Map<string, Entry>, entry: Entry): void {
  entries.set(entry.id, entry);
  const oldest = entries.keys().next().value;
  if (entries.size > MAX_ENTRIES && oldest !== undefined) {
    entries.delete(oldest);
  }
}
