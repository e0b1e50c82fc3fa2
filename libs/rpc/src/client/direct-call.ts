import { Code, ConnectError, type ContextValues } from "@connectrpc/connect";
import { decideTrace, type Span } from "@sluice/runtime";
import { CallContext, callEnded, callerGone, deadlinePassed } from "../call/context.ts";
import type { MethodDurations } from "../call/durations.ts";
import type { Endpoint } from "../call/endpoint.ts";
import { endCallSpan, startCallSpan } from "../call/span.ts";
import { traceIn } from "../call/trace.ts";
import { processCaller } from "../server/access.ts";
import { type HeaderInit, mergeInto } from "../wire/headers.ts";
import { CallLimit } from "./call-limit.ts";

export interface DirectEndpoint extends Endpoint {
  readonly clientDurations: MethodDurations;
}

export interface DirectInit {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly header: HeaderInit;
  readonly input: unknown;
  readonly values: ContextValues | undefined;
}

/** One call within the process, from its start to its end: what client and server each do around a handler over the wire. */
export abstract class DirectCall {
  readonly endpoint: DirectEndpoint;
  readonly context: CallContext;
  protected settled = false;
  readonly #startMs = performance.now();
  readonly #limit: CallLimit;
  readonly #clientSpan: Span | undefined;
  readonly #serverSpan: Span | undefined;

  constructor(endpoint: DirectEndpoint, init: DirectInit) {
    this.endpoint = endpoint;
    const trace = traceIn(init.values);
    this.#clientSpan = startCallSpan(endpoint.span, "client", trace);
    this.#serverSpan = startCallSpan(endpoint.span, "server", this.#clientSpan);
    this.context = new CallContext({
      method: endpoint.method,
      url: endpoint.path,
      caller: processCaller,
      deadlineMs: init.timeoutMs === undefined ? undefined : this.#startMs + init.timeoutMs,
      readHeader: () => new Headers(init.header),
      trace: this.#serverSpan ?? trace,
      readTrace: () => decideTrace(),
    });
    this.#limit = new CallLimit((error) => this.fail(error, reasonOf(error)));
  }

  /** Fails the call at once where its time is over or its caller gone already. */
  protected arm(init: DirectInit): void {
    this.#limit.arm(init.timeoutMs, init.signal);
  }

  /** Settles the call with an error, unless it is settled. */
  abstract fail(error: ConnectError, reason: ConnectError): void;

  /** Ends the call for everyone but the caller, who is told next. */
  protected settle(error: ConnectError | undefined, reason: ConnectError = callEnded): void {
    this.settled = true;
    this.#limit.release();
    this.context.end(reason);
    this.endpoint.durations.record(error, this.#startMs);
    this.endpoint.clientDurations.record(error, this.#startMs);
    endCallSpan(this.#serverSpan, error);
    endCallSpan(this.#clientSpan, error);
  }

  /** A handler's error as a client receives it: the same but for its cause, its metadata with what the handler had set of headers and trailers. */
  protected received(error: ConnectError): ConnectError {
    const { headerSet, trailerSet } = this.context;
    const received = new ConnectError(error.rawMessage, error.code, headerSet);
    mergeInto(received.metadata, trailerSet);
    if (!error.isWireError) mergeInto(received.metadata, error.metadata);
    received.details = error.details;
    received.isWireError = true;
    return received;
  }
}

function reasonOf(error: ConnectError): ConnectError {
  return error.code === Code.DeadlineExceeded ? deadlinePassed : callerGone;
}
