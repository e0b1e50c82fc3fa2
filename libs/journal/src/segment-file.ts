import { closeSync, fdatasync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { encodeSegmentHeader, type SegmentHeader, segmentFileName } from "./segment-header.ts";

/**
 * The file that is being written. States: sound → spoiled, when the disk refused and the half-written bytes could not be
 * taken back; a spoiled file is never written again.
 */
export class SegmentFile {
  readonly path: string;
  bytes = 0;
  spoiled = false;
  readonly #descriptor: number;
  #syncing = 0;
  #closing = false;

  /** Begins a new file with its header. Throws what the file system throws, leaving at most an empty file behind. */
  constructor(folder: string, header: SegmentHeader, durable: boolean) {
    this.path = join(folder, segmentFileName(header.number));
    // Not "ax": a start of this very segment that failed may have left its empty file.
    this.#descriptor = openSync(this.path, "w", 0o600);
    try {
      this.write(encodeSegmentHeader(header));
      if (durable) syncDirectory(dirname(this.path));
    } catch (error) {
      closeSync(this.#descriptor);
      throw error;
    }
  }

  /** Appends all bytes or none, and throws what the file system throws. */
  write(bytes: Buffer): void {
    let written = 0;
    try {
      while (written < bytes.length) {
        written += writeSync(this.#descriptor, bytes, written, bytes.length - written, this.bytes + written);
      }
    } catch (error) {
      this.#takeBack();
      throw error;
    }
    this.bytes += bytes.length;
  }

  /** Waits until what was written is on the disk. */
  sync(): Promise<void> {
    this.#syncing += 1;
    return new Promise((resolve, reject) => {
      fdatasync(this.#descriptor, (error) => {
        this.#syncing -= 1;
        if (this.#closing) this.close();
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  syncNow(): void {
    fdatasyncSync(this.#descriptor);
  }

  /** Closes the file, after a sync under way. */
  close(): void {
    this.#closing = true;
    if (this.#syncing === 0) closeSync(this.#descriptor);
  }

  #takeBack(): void {
    try {
      ftruncateSync(this.#descriptor, this.bytes);
    } catch {
      this.spoiled = true;
    }
  }
}

/** A new name in a folder is on the disk only once the folder is. */
function syncDirectory(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
