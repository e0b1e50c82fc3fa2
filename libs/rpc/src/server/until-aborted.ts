import { Code, ConnectError } from "@connectrpc/connect";
import { callerGone } from "../call/context.ts";
import { deadlineExceeded } from "../wire/fault.ts";

/** Runs a handler no longer than its signal: one that ignores the signal is left behind. */
export async function settleUntil<T>(signal: AbortSignal, run: () => T): Promise<Awaited<T>> {
  const abort = abortion(signal);
  try {
    return await Promise.race([abort.promise, run()]);
  } finally {
    abort.release();
  }
}

/** Gives a handler's messages until its signal is aborted, and then ends the handler's iterator without waiting for it. */
export async function* iterateUntil<T>(signal: AbortSignal, messages: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = messages[Symbol.asyncIterator]();
  const abort = abortion(signal);
  try {
    for (;;) {
      const next = await Promise.race([abort.promise, iterator.next()]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    abort.release();
    iterator.return?.().catch(() => {});
  }
}

function abortion(signal: AbortSignal): { readonly promise: Promise<never>; release(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  const onAbort = () => reject(errorOf(signal.reason));
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort);
  return { promise, release: () => signal.removeEventListener("abort", onAbort) };
}

/** A handler's signal is aborted by its deadline or by its caller's going. */
function errorOf(reason: unknown): ConnectError {
  return reason instanceof ConnectError && reason.code === Code.DeadlineExceeded ? deadlineExceeded() : callerGone;
}
