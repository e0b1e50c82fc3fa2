import {
  type CallOptions,
  type ContextValues,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import { decideTrace, type Trace } from "@sluice/runtime";
import { CallContext } from "./context.ts";

const traceKey = createContextKey<Trace | undefined>(undefined, { description: "sluice.trace" });

/** Call options under which a client's call belongs to `trace`: `client.lookup(request, withTrace(span, { timeoutMs: 50 }))`. */
export function withTrace(trace: Trace, options?: CallOptions): CallOptions {
  return { ...options, contextValues: setTrace(options?.contextValues ?? createContextValues(), trace) };
}

/** The trace that a handler's work belongs to: the parent of its spans. Never absent; `recording` says whether it is kept. */
export function traceOf(context: HandlerContext): Trace {
  if (context instanceof CallContext) return context.trace;
  const known = context.values.get(traceKey);
  if (known !== undefined) return known;
  const header = context.requestHeader;
  const decided = decideTrace(header.get("traceparent") ?? undefined, header.get("tracestate") ?? undefined);
  setTrace(context.values, decided);
  return decided;
}

/** The trace that a call's options named. */
export function traceIn(values: ContextValues | undefined): Trace | undefined {
  return values?.get(traceKey);
}

export function setTrace(values: ContextValues, trace: Trace): ContextValues {
  return values.set(traceKey, trace);
}
