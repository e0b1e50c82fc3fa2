import type { IncomingMessage, ServerResponse } from "node:http";
import type { ConnectError } from "@connectrpc/connect";
import { decideTrace, type Span, type Trace } from "@sluice/runtime";
import { CallContext, callEnded, callerGone, deadlinePassed } from "../call/context.ts";
import type { Endpoint } from "../call/endpoint.ts";
import { endCallSpan, startCallSpan } from "../call/span.ts";
import { deadlineExceeded, malformedRequest } from "../wire/fault.ts";
import { headersOf } from "../wire/headers.ts";
import { parseTimeout } from "../wire/timeout.ts";
import type { CallerIdentity, DecideAccess } from "./access.ts";
import type { Limits } from "./limits.ts";

/** Bytes of a refused request that are still read, so that its sender gets to read the refusal. */
const drainMaxBytes = 4 * 1024 * 1024;

/**
 * One RPC in the fast lane, from its headers to its end. `running` until it is answered, the deadline passes or the caller goes away;
 * whichever comes first settles it, and what comes later changes nothing.
 */
export abstract class FastCall {
  protected readonly endpoint: Endpoint;
  protected readonly limits: Limits;
  protected readonly request: IncomingMessage;
  protected readonly response: ServerResponse;
  protected settled = false;
  protected context: CallContext | undefined;
  readonly #startMs = performance.now();
  #caller: CallerIdentity | undefined;
  #deadlineMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #span: Span | undefined;
  #trace: Trace | undefined;
  #drainedBytes = 0;

  constructor(endpoint: Endpoint, limits: Limits, request: IncomingMessage, response: ServerResponse) {
    this.endpoint = endpoint;
    this.limits = limits;
    this.request = request;
    this.response = response;
  }

  /** Takes the request as far as its headers allow, then reads its body. */
  start(decide: DecideAccess): void {
    const { headers } = this.request;
    const trace = readTrace(this.request);
    this.#span = startCallSpan(this.endpoint.span, "server", trace);
    this.#trace = this.#span ?? trace;
    const access = decide(headers.authorization);
    if (access.kind === "denied") {
      this.fail(access.error);
      return;
    }
    this.#caller = access.caller;
    const timeoutMs = parseTimeout(headers["connect-timeout-ms"]);
    if (timeoutMs === "malformed") {
      this.fail(malformedRequest("header connect-timeout-ms is not milliseconds of at most 2147483647"));
      return;
    }
    if (timeoutMs !== undefined) {
      this.#deadlineMs = this.#startMs + timeoutMs;
      this.#timer = setTimeout(onDeadline, timeoutMs, this);
    }
    this.response.on("close", () => this.#gone());
    this.request.on("data", (chunk: Buffer) => {
      if (this.settled) this.#drain(chunk.length);
      else this.read(chunk);
    });
    this.request.on("end", () => {
      if (!this.settled) this.readEnd();
    });
  }

  /** A piece of the request's body. */
  protected abstract read(chunk: Buffer): void;
  /** The request's body is complete. */
  protected abstract readEnd(): void;
  /** Answers with an error. Called once at most, and only while nothing else has settled the call. */
  protected abstract respondError(error: ConnectError): void;
  /** Lets go of what the handler still does for this call. */
  protected abstract abandon(): void;

  protected fail(error: ConnectError): void {
    if (this.settled) return;
    this.settle(error, callEnded);
    this.respondError(error);
  }

  /** Ends the call as far as everyone but the response is concerned. */
  protected settle(error: ConnectError | undefined, reason: ConnectError): void {
    this.settled = true;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.context?.end(reason);
    this.endpoint.durations.record(error, this.#startMs);
    endCallSpan(this.#span, error);
  }

  protected createContext(): CallContext {
    const { request } = this;
    const context = new CallContext({
      method: this.endpoint.method,
      url: request.url ?? this.endpoint.path,
      caller: this.#caller ?? { kind: "public" },
      deadlineMs: this.#deadlineMs,
      readHeader: () => headersOf(request.headers),
      trace: this.#trace,
      readTrace: () => readTrace(request),
    });
    this.context = context;
    return context;
  }

  deadline(): void {
    if (this.settled) return;
    const error = deadlineExceeded();
    this.settle(error, deadlinePassed);
    this.abandon();
    this.respondError(error);
  }

  #gone(): void {
    if (this.settled) return;
    this.settle(callerGone, callerGone);
    this.abandon();
  }

  #drain(bytes: number): void {
    this.#drainedBytes += bytes;
    if (this.#drainedBytes > drainMaxBytes) this.request.destroy();
  }
}

function onDeadline(call: FastCall): void {
  call.deadline();
}

function readTrace(request: IncomingMessage): Trace {
  const { traceparent, tracestate } = request.headers;
  return decideTrace(first(traceparent), first(tracestate));
}

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
