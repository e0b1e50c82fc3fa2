import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, type ContextValues, createContextValues, type HandlerContext } from "@connectrpc/connect";
import type { Trace } from "@sluice/runtime";
import type { CallerIdentity } from "../server/access.ts";

/** Why a handler's signal is aborted. Made once: an AbortError for each call costs more than the call. */
export const callEnded = new ConnectError("the call has ended", Code.Canceled);
export const callerGone = new ConnectError("the caller went away", Code.Canceled);
export const deadlinePassed = new ConnectError("the deadline passed before the call ended", Code.DeadlineExceeded);

export interface CallContextInit {
  readonly method: DescMethod;
  readonly url: string;
  readonly caller: CallerIdentity;
  /** On the clock of performance.now(). Undefined: none. */
  readonly deadlineMs: number | undefined;
  /** Read once, when a handler asks for the request's headers. */
  readonly readHeader: () => Headers;
  /** The parent of the handler's spans, where it is known already. */
  readonly trace: Trace | undefined;
  /** Read once, when a handler asks for the trace and it was not known. */
  readonly readTrace: () => Trace;
  readonly values?: ContextValues | undefined;
}

/** The context of the lanes that are ours: nothing in it exists before a handler asks for it. */
export class CallContext implements HandlerContext {
  readonly method: DescMethod;
  readonly url: string;
  readonly caller: CallerIdentity;
  readonly requestMethod = "POST";
  readonly protocolName = "connect";
  readonly #deadlineMs: number | undefined;
  readonly #readHeader: () => Headers;
  readonly #readTrace: () => Trace;
  #trace: Trace | undefined;
  #values: ContextValues | undefined;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #controller: AbortController | undefined;
  #endReason: ConnectError | undefined;

  constructor(init: CallContextInit) {
    this.method = init.method;
    this.url = init.url;
    this.caller = init.caller;
    this.#deadlineMs = init.deadlineMs;
    this.#readHeader = init.readHeader;
    this.#readTrace = init.readTrace;
    this.#trace = init.trace;
    this.#values = init.values;
  }

  get service(): DescService {
    return this.method.parent;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#endReason !== undefined) this.#controller.abort(this.#endReason);
    }
    return this.#controller.signal;
  }

  readonly timeoutMs = (): number | undefined =>
    this.#deadlineMs === undefined ? undefined : this.#deadlineMs - performance.now();

  get requestHeader(): Headers {
    this.#requestHeader ??= this.#readHeader();
    return this.#requestHeader;
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  get values(): ContextValues {
    this.#values ??= createContextValues();
    return this.#values;
  }

  get trace(): Trace {
    this.#trace ??= this.#readTrace();
    return this.#trace;
  }

  /** What the handler has set of the response's headers, undefined where it set none. */
  get headerSet(): Headers | undefined {
    return this.#responseHeader;
  }

  get trailerSet(): Headers | undefined {
    return this.#responseTrailer;
  }

  /** Aborts the handler's signal, where it has asked for one. Only the first call counts. */
  end(reason: ConnectError): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#controller?.abort(reason);
  }
}
