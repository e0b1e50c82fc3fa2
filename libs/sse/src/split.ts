export interface SseSplitter {
  /**
   * The bytes of each block (event) that this chunk completes, in order, without the blank line; no text is decoded.
   * A block lies in the chunk where it can: use it before the chunk is reused.
   */
  push(chunk: Uint8Array): readonly Uint8Array[];
  /** The body ended: the bytes of a block without its blank line, undefined if there is none. */
  end(): Uint8Array | undefined;
  /** Blocks larger than maxEventBytes, which were let go. */
  readonly skippedBlocks: number;
}

/** Finds where events end, for a tap on bytes that go through unchanged. `maxEventBytes` defaults to 16 MiB. */
export function createSseSplitter(_options?: { readonly maxEventBytes?: number }): SseSplitter {
  throw new Error("not built yet");
}
