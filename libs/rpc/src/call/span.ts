import type { ConnectError } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { type Attributes, type Span, type SpanKind, startSpan, type Trace } from "@sluice/runtime";

/** How the spans of one method's calls are named. Made once for each method. */
export interface SpanShape {
  readonly tracerName: string;
  /** "package.Service/Method" */
  readonly name: string;
  readonly attributes: Attributes;
}

export function spanShape(tracerName: string, path: string): SpanShape {
  const name = path.slice(1);
  return { tracerName, name, attributes: { "rpc.system.name": "connectrpc", "rpc.method": name } };
}

/** A span of a call, where its trace is recorded: nothing is made where it is not. */
export function startCallSpan(shape: SpanShape, kind: SpanKind, parent: Trace | undefined): Span | undefined {
  if (parent === undefined || !parent.recording) return undefined;
  return startSpan(shape.tracerName, shape.name, parent, { kind, attributes: shape.attributes });
}

export function endCallSpan(span: Span | undefined, error: ConnectError | undefined): void {
  if (span === undefined) return;
  if (error === undefined) {
    span.setAttribute("rpc.response.status_code", "ok");
  } else {
    const code = codeToString(error.code);
    span.setAttribute("rpc.response.status_code", code);
    span.setError(code, error.rawMessage);
  }
  span.end();
}
