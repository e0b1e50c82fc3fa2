/** Hands pieces from a producer to a consumer at the consumer's pace: one waits, and the producer is told when there is room again. */
export interface PieceQueue<T> extends AsyncIterable<T> {
  /** Resolves when the consumer has taken the piece. After the consumer has left, at once. */
  push(piece: T): Promise<void>;
  end(): void;
  fail(error: unknown): void;
}

type Waiting<T> = { readonly piece: T; readonly taken: () => void };

export function createPieceQueue<T>(): PieceQueue<T> {
  const waiting: Waiting<T>[] = [];
  let ending: { readonly error?: unknown } | undefined;
  let gone = false;
  let wake: (() => void) | undefined;

  const signal = () => {
    wake?.();
    wake = undefined;
  };

  return {
    push(piece) {
      if (gone || ending !== undefined) return Promise.resolve();
      return new Promise((taken) => {
        waiting.push({ piece, taken });
        signal();
      });
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
          const next = waiting.shift();
          if (next !== undefined) {
            next.taken();
            yield next.piece;
          } else if (ending !== undefined) {
            if ("error" in ending) throw ending.error;
            return;
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        gone = true;
        for (const left of waiting.splice(0)) left.taken();
      }
    },
  };
}
