/** Chunks on their way from a provider to their one reader, which asks for one after the other. */
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
  let waiting: PromiseWithResolvers<IteratorResult<Buffer>> | undefined;

  const settle = (made: { readonly error?: Error }): void => {
    if (ending !== undefined) return;
    ending = made;
    const reader = waiting;
    waiting = undefined;
    if (made.error === undefined) reader?.resolve(done);
    else reader?.reject(made.error);
  };

  const iterator: AsyncIterator<Buffer> = {
    next() {
      if (left) return Promise.resolve(done);
      const chunk = chunks.shift();
      if (chunk !== undefined) {
        bytes -= chunk.length;
        if (paused && bytes <= options.highWaterBytes / 2) {
          paused = false;
          options.resume();
        }
        return Promise.resolve({ done: false, value: chunk });
      }
      if (ending?.error !== undefined) return Promise.reject(ending.error);
      if (ending !== undefined) return Promise.resolve(done);
      waiting = Promise.withResolvers();
      return waiting.promise;
    },
    return() {
      if (!left) {
        left = true;
        chunks.length = 0;
        waiting?.resolve(done);
        if (ending === undefined) options.leave();
      }
      return Promise.resolve(done);
    },
  };

  return {
    push(chunk) {
      if (left) return;
      if (waiting !== undefined) {
        const reader = waiting;
        waiting = undefined;
        reader.resolve({ done: false, value: chunk });
        return;
      }
      chunks.push(chunk);
      bytes += chunk.length;
      if (!paused && bytes > options.highWaterBytes) {
        paused = true;
        options.pause();
      }
    },
    end: () => settle({}),
    fail: (error) => settle({ error }),
    [Symbol.asyncIterator]: () => iterator,
  };
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };
