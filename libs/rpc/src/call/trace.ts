import type { CallOptions, HandlerContext } from "@connectrpc/connect";
import type { Trace } from "@sluice/runtime";

/** Call options under which a client's call belongs to `trace`: `client.lookup(request, withTrace(span, { timeoutMs: 50 }))`. */
export function withTrace(_trace: Trace, _options?: CallOptions): CallOptions {
  throw new Error("not built yet");
}

/** The trace that a handler's work belongs to: the parent of its spans. Never absent; `recording` says whether it is kept. */
export function traceOf(_context: HandlerContext): Trace {
  throw new Error("not built yet");
}
