import type { IncomingHttpHeaders } from "node:http";
import type { Message } from "@bufbuild/protobuf";
import { type ConnectError, ConnectError as RpcError, type StreamResponse } from "@connectrpc/connect";
import { codeFromHttpStatus, endStreamFromJson } from "@connectrpc/connect/protocol-connect";
import { decodeMessage } from "@sluice/protobuf";
import type { Dispatcher } from "undici";
import { callerGone } from "../call/context.ts";
import { EnvelopeReader, flagEndStream } from "../wire/envelope.ts";
import { connectionFailed, malformedResponse, responseTooLarge, streamCut } from "../wire/fault.ts";
import { headersOf, mergeInto } from "../wire/headers.ts";
import { FastCall, type FastMethod } from "./fast-call.ts";

type Result = IteratorResult<Message>;
type Resolve = (response: StreamResponse<never, never>) => void;

/** Bytes of messages that wait for their reader before the connection is paused, and at which it goes on. */
const pauseBytes = 64 * 1024;
const resumeBytes = 16 * 1024;

/**
 * A server-streaming call. `#end` is undefined while messages may come; then it says how the stream ended, and is told to the reader after
 * the messages that wait. A stream ends well only by the protocol's own end: anything else is an error.
 */
export class FastStreamCall extends FastCall implements AsyncIterator<Message> {
  readonly #resolve: Resolve;
  readonly #reject: (error: ConnectError) => void;
  readonly #reader: EnvelopeReader;
  readonly #trailer = new Headers();
  #headers: IncomingHttpHeaders | undefined;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #waiting: PromiseWithResolvers<Result>[] = [];
  /** The end that the server announced, while its connection has not ended yet. */
  #announced: { readonly error: ConnectError | undefined } | undefined;
  #end: { error: ConnectError | undefined } | undefined;

  constructor(method: FastMethod, resolve: Resolve, reject: (error: ConnectError) => void) {
    super(method);
    this.#resolve = resolve;
    this.#reject = reject;
    this.#reader = new EnvelopeReader(method.maxResponseBytes, (flags, data) => this.#envelope(flags, data));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.settled) return;
    if (status !== 200) {
      const code = codeFromHttpStatus(status);
      this.cancel(new RpcError(`answer has HTTP status ${status}`, code, headersOf(headers)));
      return;
    }
    const contentType = headers["content-type"];
    if (contentType !== "application/connect+proto") {
      this.cancel(
        malformedResponse(`answer has content type ${contentType ?? "none"}, expected application/connect+proto`),
      );
      return;
    }
    this.#headers = headers;
    this.#resolve(new FastStreamResponse(this.method, headers, this.#trailer, this) as never);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.settled) return;
    const fault = this.#reader.push(chunk);
    if (fault !== undefined) this.cancel(responseTooLarge(fault.bytes, this.method.maxResponseBytes));
    else if (this.#queuedBytes >= pauseBytes) controller.pause();
  }

  onResponseEnd(): void {
    if (this.settled) return;
    if (this.#announced === undefined) {
      this.fail(streamCut("answer ended without the end of its stream"));
      return;
    }
    this.#finish(this.#announced.error);
  }

  override onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    if (this.settled) return;
    if (this.#announced !== undefined) this.#finish(this.#announced.error);
    else this.fail(this.#headers === undefined ? connectionFailed(cause) : streamCut("answer was cut off", cause));
  }

  /** The call fails: before the answer began its promise, afterwards its reader is told. */
  protected reject(error: ConnectError): void {
    if (this.#headers === undefined) this.#reject(error);
    else this.#close(error);
  }

  protected override cancel(error: ConnectError): void {
    if (this.settled) return;
    this.#queue = [];
    this.#queuedBytes = 0;
    super.cancel(error);
  }

  next(): Promise<Result> {
    const data = this.#queue.shift();
    if (data !== undefined) {
      this.#queuedBytes -= data.length;
      if (this.#queuedBytes <= resumeBytes) this.controller?.resume();
      return this.#decode(data);
    }
    const end = this.#end;
    if (end !== undefined) {
      const { error } = end;
      end.error = undefined;
      return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
    }
    const waiting = Promise.withResolvers<Result>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** The reader leaves: the server is told at once, by the loss of its connection where the stream has not ended. */
  return(): Promise<Result> {
    this.#queue = [];
    this.#queuedBytes = 0;
    if (!this.settled) {
      this.settle(callerGone);
      this.#close(undefined);
      this.controller?.abort(callerGone);
    }
    this.#end = { error: undefined };
    return Promise.resolve({ done: true, value: undefined });
  }

  #decode(data: Uint8Array): Promise<Result> {
    try {
      return Promise.resolve({ done: false, value: decodeMessage(this.method.method.output, data) });
    } catch (cause) {
      const error = malformedResponse(`answer holds what is not a ${this.method.method.output.typeName}`, cause);
      this.cancel(error);
      this.#queue = [];
      this.#end = { error: undefined };
      return Promise.reject(error);
    }
  }

  #envelope(flags: number, data: Uint8Array): void {
    if (this.settled) return;
    if (this.#announced !== undefined) {
      this.cancel(malformedResponse("answer goes on after the end of its stream"));
    } else if (flags === flagEndStream) {
      this.#announce(data);
    } else if (flags !== 0) {
      this.cancel(malformedResponse(`answer has an envelope with flags ${flags}, expected 0 or 2`));
    } else {
      const waiting = this.#waiting.shift();
      if (waiting !== undefined) {
        this.#decode(data).then(waiting.resolve, waiting.reject);
        return;
      }
      this.#queue.push(data);
      this.#queuedBytes += data.length;
    }
  }

  #announce(data: Uint8Array): void {
    try {
      const end = endStreamFromJson(data);
      mergeInto(this.#trailer, end.metadata);
      if (end.error !== undefined) mergeInto(end.error.metadata, headersOf(this.#headers ?? {}));
      this.#announced = { error: end.error };
    } catch (cause) {
      this.cancel(malformedResponse("the end of the stream cannot be read", cause));
    }
  }

  #finish(error: ConnectError | undefined): void {
    this.settle(error);
    this.#close(error);
  }

  /** Tells those who wait how the stream ended, or the next who asks. */
  #close(error: ConnectError | undefined): void {
    const [first, ...others] = this.#waiting;
    this.#waiting = [];
    this.#end = { error: first === undefined ? error : undefined };
    if (error === undefined) first?.resolve({ done: true, value: undefined });
    else first?.reject(error);
    for (const other of others) other.resolve({ done: true, value: undefined });
  }
}

class FastStreamResponse {
  readonly stream = true;
  readonly trailer: Headers;
  readonly message: AsyncIterable<Message>;
  readonly #method: FastMethod;
  readonly #received: IncomingHttpHeaders;
  #header: Headers | undefined;

  constructor(method: FastMethod, received: IncomingHttpHeaders, trailer: Headers, messages: AsyncIterator<Message>) {
    this.#method = method;
    this.#received = received;
    this.trailer = trailer;
    this.message = { [Symbol.asyncIterator]: () => messages };
  }

  get method() {
    return this.#method.method;
  }
  get service() {
    return this.#method.method.parent;
  }
  get header() {
    this.#header ??= headersOf(this.#received);
    return this.#header;
  }
}
