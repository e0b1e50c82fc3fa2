import { create, type DescMessage, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import type { ConnectError, StreamResponse } from "@connectrpc/connect";
import { callerGone } from "../call/context.ts";
import { notOffered } from "../wire/fault.ts";
import { DirectCall, type DirectEndpoint, type DirectInit } from "./direct-call.ts";

type Result = IteratorResult<Message>;

/**
 * Calls a server-streaming handler. The handler begins at once and runs to its first message, as over the wire; every further one is
 * asked for when the caller asks.
 */
export async function callDirectStream<Response extends StreamResponse>(
  endpoint: DirectEndpoint,
  init: DirectInit,
): Promise<Response> {
  const call = new DirectStream(endpoint, init);
  await call.start(init);
  const { context } = call;
  const response = {
    stream: true,
    service: endpoint.method.parent,
    method: endpoint.method,
    message: { [Symbol.asyncIterator]: () => call },
    get header() {
      return context.responseHeader;
    },
    get trailer() {
      return context.responseTrailer;
    },
  };
  return response as unknown as Response;
}

class DirectStream extends DirectCall implements AsyncIterator<Message> {
  #iterator: AsyncIterator<unknown> | undefined;
  /** What the handler has produced and nobody has asked for: its first message at most. */
  #ahead: Result | undefined;
  /** The error that the next reader gets. */
  #error: ConnectError | undefined;
  #waiting: PromiseWithResolvers<Result> | undefined;

  async start(init: DirectInit): Promise<void> {
    this.arm(init);
    if (this.#error !== undefined) throw this.#error;
    const { method, check, handle, report } = this.endpoint;
    if (init.input === undefined) throw this.#refuse(notOffered("no message for a method that takes one"));
    const message: Message = create(method.input, init.input as MessageInitShape<DescMessage>);
    const invalid = check?.(message);
    if (invalid !== undefined) throw this.#refuse(this.received(invalid));
    try {
      this.#iterator = (handle(message, this.context) as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    } catch (thrown) {
      throw this.#refuse(this.received(report(thrown)));
    }
    this.#ahead = await this.next();
  }

  next(): Promise<Result> {
    if (this.#ahead !== undefined) {
      const ahead = this.#ahead;
      this.#ahead = undefined;
      return Promise.resolve(ahead);
    }
    if (this.#waiting !== undefined) {
      const again = () => this.next();
      return this.#waiting.promise.then(again, again);
    }
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      return Promise.reject(error);
    }
    const iterator = this.#iterator;
    if (this.settled || iterator === undefined) return Promise.resolve({ done: true, value: undefined });
    const waiting = Promise.withResolvers<Result>();
    this.#waiting = waiting;
    iterator.next().then(this.#received, this.#failThrown);
    return waiting.promise;
  }

  return(): Promise<Result> {
    this.#ahead = undefined;
    this.#error = undefined;
    if (!this.settled) this.#stop(callerGone, callerGone);
    this.#waiting?.resolve({ done: true, value: undefined });
    this.#waiting = undefined;
    return Promise.resolve({ done: true, value: undefined });
  }

  fail(error: ConnectError, reason?: ConnectError): void {
    if (this.settled) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#error = error;
    this.#stop(error, reason);
    waiting?.reject(error);
  }

  /** Ends a call whose handler never began. */
  #refuse(error: ConnectError): ConnectError {
    this.settle(error);
    return error;
  }

  #stop(error: ConnectError, reason?: ConnectError): void {
    this.settle(error, reason);
    const iterator = this.#iterator;
    this.#iterator = undefined;
    iterator?.return?.().catch(() => {});
  }

  readonly #received = (result: IteratorResult<unknown>): void => {
    if (this.settled) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (result.done === true) {
      this.settle(undefined);
      waiting?.resolve({ done: true, value: undefined });
    } else {
      const { output } = this.endpoint.method;
      waiting?.resolve({ done: false, value: create(output, result.value as MessageInitShape<DescMessage>) });
    }
  };

  readonly #failThrown = (thrown: unknown): void => {
    if (!this.settled) this.fail(this.received(this.endpoint.report(thrown)));
  };
}
