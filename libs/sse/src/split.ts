import { BlockScanner, defaultMaxEventBytes } from "./block-scanner.ts";

export interface SseSplitter {
  /**
   * The bytes of each block (event) that this chunk completes, in order, without the blank line; no text is decoded.
   * A block lies in the chunk where it can: use it before the chunk is reused.
   */
  push(chunk: Uint8Array): readonly Buffer[];
  /** The body ended: the bytes of a block without its blank line, undefined if there is none. */
  end(): Buffer | undefined;
  /** Blocks larger than maxEventBytes, which were let go. */
  readonly skippedBlocks: number;
}

/** Finds where events end, for a tap on bytes that go through unchanged. `maxEventBytes` defaults to 16 MiB. */
export function createSseSplitter(options: { readonly maxEventBytes?: number } = {}): SseSplitter {
  const scanner = new BlockScanner(options.maxEventBytes ?? defaultMaxEventBytes, false);
  return {
    push: (chunk) => scanner.push(chunk),
    end() {
      const rest = scanner.remainder();
      return rest.length === 0 ? undefined : rest;
    },
    get skippedBlocks() {
      return scanner.oversizeBlocks;
    },
  };
}
