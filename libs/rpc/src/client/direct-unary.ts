import { create, type DescMessage, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import type { ConnectError, UnaryResponse } from "@connectrpc/connect";
import type { CallContext } from "../call/context.ts";
import { DirectCall, type DirectEndpoint, type DirectInit } from "./direct-call.ts";

type Resolve = (response: UnaryResponse<never, never>) => void;

/** Calls a unary handler. Settles exactly once; whatever the handler does afterwards is ignored. */
export function callDirectUnary(
  endpoint: DirectEndpoint,
  resolve: Resolve,
  reject: (error: ConnectError) => void,
  init: DirectInit,
): void {
  new DirectUnary(endpoint, resolve, reject, init).start(init);
}

class DirectUnary extends DirectCall {
  readonly #resolve: Resolve;
  readonly #reject: (error: ConnectError) => void;

  constructor(endpoint: DirectEndpoint, resolve: Resolve, reject: (error: ConnectError) => void, init: DirectInit) {
    super(endpoint, init);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(init: DirectInit): void {
    this.arm(init);
    if (this.settled) return;
    const { method, check, handle } = this.endpoint;
    try {
      const message: Message = create(method.input, init.input as MessageInitShape<DescMessage>);
      const invalid = check?.(message);
      if (invalid !== undefined) {
        this.fail(this.received(invalid));
        return;
      }
      const answer = handle(message, this.context);
      if (answer instanceof Promise) answer.then(this.#succeed, this.#failThrown);
      else this.#succeed(answer);
    } catch (thrown) {
      this.#failThrown(thrown);
    }
  }

  fail(error: ConnectError, reason?: ConnectError): void {
    if (this.settled) return;
    this.settle(error, reason);
    this.#reject(error);
  }

  readonly #succeed = (answer: unknown): void => {
    if (this.settled) return;
    const { method } = this.endpoint;
    const message = create(method.output, answer as MessageInitShape<DescMessage>);
    this.settle(undefined);
    this.#resolve(new DirectUnaryResponse(this.context, message) as unknown as UnaryResponse<never, never>);
  };

  readonly #failThrown = (thrown: unknown): void => {
    if (!this.settled) this.fail(this.received(this.endpoint.report(thrown)));
  };
}

/** Headers exist only where the handler set them or the caller asks. */
class DirectUnaryResponse {
  readonly stream = false;
  readonly message: Message;
  readonly #context: CallContext;

  constructor(context: CallContext, message: Message) {
    this.#context = context;
    this.message = message;
  }

  get service() {
    return this.#context.method.parent;
  }
  get method() {
    return this.#context.method;
  }
  get header() {
    return this.#context.responseHeader;
  }
  get trailer() {
    return this.#context.responseTrailer;
  }
}
