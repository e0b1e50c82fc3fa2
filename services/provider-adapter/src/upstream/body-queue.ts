/** Chunks on their way from a provider to their reader. */
export interface BodyQueue extends AsyncIterable<Buffer> {
  push(chunk: Buffer): void;
  end(): void;
  fail(error: Error): void;
}

/** Holds what the reader has not taken yet, and has the provider pause while that is too much. `leave` is called when the reader leaves early. */
export function createBodyQueue(options: {
  readonly highWaterBytes: number;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly leave: () => void;
}): BodyQueue {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let paused = false;
  let ending: { readonly error?: Error } | undefined;
  let left = false;
  let wake: (() => void) | undefined;

  const signal = (): void => {
    wake?.();
    wake = undefined;
  };

  return {
    push(chunk) {
      if (left) return;
      chunks.push(chunk);
      bytes += chunk.length;
      if (!paused && bytes > options.highWaterBytes) {
        paused = true;
        options.pause();
      }
      signal();
    },
    end() {
      ending ??= {};
      signal();
    },
    fail(error) {
      ending ??= { error };
      signal();
    },
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          const chunk = chunks.shift();
          if (chunk !== undefined) {
            bytes -= chunk.length;
            if (paused && bytes <= options.highWaterBytes / 2) {
              paused = false;
              options.resume();
            }
            yield chunk;
          } else if (ending !== undefined) {
            if (ending.error !== undefined) throw ending.error;
            return;
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        left = true;
        if (ending === undefined) options.leave();
      }
    },
  };
}
