import type { DescMethodServerStreaming, DescMethodStreaming, DescMethodUnary, DescService } from "@bufbuild/protobuf";
import {
  type CallOptions,
  type Client,
  Code,
  ConnectError,
  makeAnyClient,
  type StreamResponse,
  type Transport,
} from "@connectrpc/connect";
import { SingleInput } from "./single-input.ts";

/**
 * A client of a service, as Connect's own, but that leaving a stream early (break, return, a thrown error in the loop) cancels the call:
 * Connect's own createClient leaves it running until its deadline.
 */
export function createClient<Desc extends DescService>(service: Desc, transport: Transport): Client<Desc> {
  return makeAnyClient(service, (method) => {
    switch (method.methodKind) {
      case "unary":
        return unary(transport, method);
      case "server_streaming":
        return (input: never, options?: CallOptions) => stream(transport, method, new SingleInput(input), options);
      case "client_streaming":
        return (input: AsyncIterable<never>, options?: CallOptions) =>
          gather(stream(transport, method, input, options));
      case "bidi_streaming":
        return (input: AsyncIterable<never>, options?: CallOptions) => stream(transport, method, input, options);
    }
  }) as Client<Desc>;
}

function unary(transport: Transport, method: DescMethodUnary) {
  return async (input: never, options: CallOptions = {}) => {
    const { signal, timeoutMs, headers, contextValues } = options;
    const response = await transport.unary(method, signal, timeoutMs, headers, input, contextValues);
    if (options.onHeader !== undefined) options.onHeader(response.header);
    if (options.onTrailer !== undefined) options.onTrailer(response.trailer);
    return response.message;
  };
}

/** The call begins at once, as with Connect's own client, whether or not anyone iterates. */
function stream(
  transport: Transport,
  method: DescMethodStreaming | DescMethodServerStreaming,
  input: AsyncIterable<never>,
  options: CallOptions = {},
): AsyncIterable<unknown> {
  const { signal, timeoutMs, headers, contextValues } = options;
  const started = transport.stream(method as DescMethodStreaming, signal, timeoutMs, headers, input, contextValues);
  started.catch(() => {});
  const iterator = new ClientStream(started, options);
  return { [Symbol.asyncIterator]: () => iterator };
}

class ClientStream implements AsyncIterator<unknown> {
  readonly #options: CallOptions;
  #started: Promise<StreamResponse> | undefined;
  #response: StreamResponse | undefined;
  #messages: AsyncIterator<unknown> | undefined;

  constructor(started: Promise<StreamResponse>, options: CallOptions) {
    this.#started = started;
    this.#options = options;
  }

  async next(): Promise<IteratorResult<unknown>> {
    const messages = this.#messages ?? (await this.#open());
    if (messages === undefined) return { done: true, value: undefined };
    const result = await messages.next();
    if (result.done === true) this.#end();
    return result;
  }

  async return(): Promise<IteratorResult<unknown>> {
    const started = this.#started;
    this.#started = undefined;
    const messages = this.#messages ?? (await started?.catch(() => undefined))?.message[Symbol.asyncIterator]();
    this.#messages = undefined;
    await messages?.return?.();
    return { done: true, value: undefined };
  }

  async #open(): Promise<AsyncIterator<unknown> | undefined> {
    const started = this.#started;
    if (started === undefined) return undefined;
    const response = await started;
    if (this.#messages === undefined && this.#started !== undefined) {
      this.#response = response;
      this.#messages = response.message[Symbol.asyncIterator]();
      if (this.#options.onHeader !== undefined) this.#options.onHeader(response.header);
    }
    return this.#messages;
  }

  #end(): void {
    const response = this.#response;
    this.#response = undefined;
    this.#started = undefined;
    this.#messages = undefined;
    if (response !== undefined && this.#options.onTrailer !== undefined) this.#options.onTrailer(response.trailer);
  }
}

/** The one message that a client-streaming method answers with. */
async function gather(messages: AsyncIterable<unknown>): Promise<unknown> {
  let answer: unknown;
  let count = 0;
  for await (const message of messages) {
    answer = message;
    count += 1;
  }
  if (count !== 1) throw new ConnectError(`answer of ${count} messages, expected one`, Code.Unimplemented);
  return answer;
}
