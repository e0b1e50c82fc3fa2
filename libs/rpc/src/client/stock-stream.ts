import type { ConnectError } from "@connectrpc/connect";
import { callerGone } from "../call/context.ts";
import { reportStock } from "./report-stock.ts";

/** connect-node's messages, whose iterator cannot be left: here, leaving aborts the call. */
export function cancelOnReturn<T>(
  messages: AsyncIterable<T>,
  signal: AbortSignal,
  controller: AbortController,
  onEnd: (error: ConnectError | undefined) => void,
): AsyncIterable<T> {
  const iterator = messages[Symbol.asyncIterator]();
  const iterable = {
    async next(): Promise<IteratorResult<T>> {
      try {
        const result = await iterator.next();
        if (result.done === true) onEnd(undefined);
        return result;
      } catch (thrown) {
        const error = reportStock(thrown, signal);
        onEnd(error);
        throw error;
      }
    },
    async return(): Promise<IteratorResult<T>> {
      onEnd(callerGone);
      controller.abort(callerGone);
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterable };
}
