import type { IncomingHttpHeaders } from "node:http";
import type { DescMethod } from "@bufbuild/protobuf";
import type { ConnectError, ContextValues } from "@connectrpc/connect";
import { type Span, traceparentOf } from "@sluice/runtime";
import type { Dispatcher } from "undici";
import type { MethodDurations } from "../call/durations.ts";
import { endCallSpan, type SpanShape, startCallSpan } from "../call/span.ts";
import { traceIn } from "../call/trace.ts";
import { connectionFailed } from "../wire/fault.ts";
import type { HeaderList } from "../wire/headers.ts";
import { CallLimit } from "./call-limit.ts";

/** What is the same for every call of a method. */
export interface FastMethod {
  readonly method: DescMethod;
  readonly path: string;
  readonly headers: HeaderList;
  readonly durations: MethodDurations;
  readonly span: SpanShape;
  readonly maxResponseBytes: number;
  /** Calls of the transport that are not settled. */
  readonly load: { calls: number };
}

/** What a call carries beside its request. */
export interface CallExtras {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly values: ContextValues | undefined;
}

export interface FastRequest extends Dispatcher.DispatchOptions {
  readonly headers: HeaderList;
}

/**
 * One call over undici's dispatch. It is settled once, by its answer, its deadline, its caller or its connection, whichever is first;
 * a request that was settled before it had a connection is aborted when it gets one.
 */
export abstract class FastCall implements Dispatcher.DispatchHandler {
  protected readonly method: FastMethod;
  protected settled = false;
  protected controller: Dispatcher.DispatchController | undefined;
  readonly #startMs = performance.now();
  readonly #limit = new CallLimit((error) => this.cancel(error));
  #span: Span | undefined;

  constructor(method: FastMethod) {
    this.method = method;
    method.load.calls += 1;
  }

  start(dispatcher: Dispatcher, request: FastRequest, { signal, timeoutMs, values }: CallExtras): void {
    const trace = traceIn(values);
    if (trace !== undefined) {
      this.#span = startCallSpan(this.method.span, "client", trace);
      request.headers.push("traceparent", traceparentOf(this.#span ?? trace));
      if (trace.tracestate !== undefined) request.headers.push("tracestate", trace.tracestate);
    }
    this.#limit.arm(timeoutMs, signal);
    if (this.settled) return;
    try {
      dispatcher.dispatch(request, this);
    } catch (cause) {
      this.fail(connectionFailed(cause));
    }
  }

  /** Tells the caller. Called once. */
  protected abstract reject(error: ConnectError): void;

  protected fail(error: ConnectError): void {
    if (this.settled) return;
    this.settle(error);
    this.reject(error);
  }

  /** Fails the call and gives its connection up: what is still to come of the answer is not wanted. */
  protected cancel(error: ConnectError): void {
    if (this.settled) return;
    this.fail(error);
    this.controller?.abort(error);
  }

  protected settle(error: ConnectError | undefined): void {
    this.settled = true;
    this.method.load.calls -= 1;
    this.#limit.release();
    this.method.durations.record(error, this.#startMs);
    endCallSpan(this.#span, error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.settled) controller.abort(new Error("the call ended before it had a connection"));
  }

  abstract onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void;

  abstract onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void;

  abstract onResponseEnd(): void;

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    this.fail(connectionFailed(cause));
  }
}
