import type { IncomingHttpHeaders } from "node:http";
import type { Message } from "@bufbuild/protobuf";
import { type ConnectError, ConnectError as RpcError, type UnaryResponse } from "@connectrpc/connect";
import { codeFromHttpStatus, errorFromJsonBytes } from "@connectrpc/connect/protocol-connect";
import { decodeMessage } from "@sluice/protobuf";
import type { Dispatcher } from "undici";
import { malformedResponse, responseTooLarge } from "../wire/fault.ts";
import { headersOf, splitTrailers } from "../wire/headers.ts";
import { FastCall, type FastMethod } from "./fast-call.ts";

type Resolve = (response: UnaryResponse<never, never>) => void;

const empty = Buffer.alloc(0);
/** Of an answer that is not the protocol's, so much is read. */
const foreignMaxBytes = 64 * 1024;

/** A unary call: one body out, one body back. */
export class FastUnaryCall extends FastCall {
  readonly #resolve: Resolve;
  readonly #reject: (error: ConnectError) => void;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #maxBytes = 0;
  #bytes = 0;
  #body: Buffer = empty;
  #pieces: Buffer[] | undefined;

  constructor(method: FastMethod, resolve: Resolve, reject: (error: ConnectError) => void) {
    super(method);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected reject(error: ConnectError): void {
    this.#reject(error);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    this.#maxBytes = status === 200 ? this.method.maxResponseBytes : foreignMaxBytes;
    const announced = Number(headers["content-length"] ?? 0);
    if (status === 200 && announced > this.#maxBytes) this.cancel(responseTooLarge(announced, this.#maxBytes));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) {
      this.cancel(this.#status === 200 ? responseTooLarge(this.#bytes, this.#maxBytes) : this.#statusError());
      return;
    }
    if (this.#bytes === chunk.length) this.#body = chunk;
    else if (this.#pieces === undefined) this.#pieces = [this.#body, chunk];
    else this.#pieces.push(chunk);
  }

  onResponseEnd(): void {
    if (this.settled) return;
    const body = this.#pieces === undefined ? this.#body : Buffer.concat(this.#pieces, this.#bytes);
    const contentType = this.#headers["content-type"];
    if (this.#status !== 200) {
      this.fail(contentType === "application/json" ? this.#readError(body) : this.#statusError());
      return;
    }
    if (contentType !== "application/proto") {
      this.fail(malformedResponse(`answer has content type ${contentType ?? "none"}, expected application/proto`));
      return;
    }
    if ((this.#headers["content-encoding"] ?? "identity") !== "identity") {
      this.fail(malformedResponse(`answer has content encoding ${this.#headers["content-encoding"]}, expected none`));
      return;
    }
    let message: Message;
    try {
      message = decodeMessage(this.method.method.output, body);
    } catch (cause) {
      this.fail(malformedResponse(`answer is not a ${this.method.method.output.typeName}`, cause));
      return;
    }
    this.settle(undefined);
    this.#resolve(new FastUnaryResponse(this.method, this.#headers, message) as unknown as UnaryResponse<never, never>);
  }

  #readError(body: Buffer): ConnectError {
    const { header, trailer } = splitTrailers(this.#headers);
    trailer.forEach((value, name) => {
      header.append(name, value);
    });
    const fallback = this.#statusError();
    try {
      return errorFromJsonBytes(body, header, fallback);
    } catch {
      return fallback;
    }
  }

  #statusError(): ConnectError {
    const code = codeFromHttpStatus(this.#status);
    return new RpcError(`answer has HTTP status ${this.#status}`, code, headersOf(this.#headers));
  }
}

/** Headers and trailers are told apart only where the caller asks. */
class FastUnaryResponse {
  readonly stream = false;
  readonly message: Message;
  readonly #method: FastMethod;
  readonly #received: IncomingHttpHeaders;
  #split: ReturnType<typeof splitTrailers> | undefined;

  constructor(method: FastMethod, received: IncomingHttpHeaders, message: Message) {
    this.#method = method;
    this.#received = received;
    this.message = message;
  }

  get method() {
    return this.#method.method;
  }
  get service() {
    return this.#method.method.parent;
  }
  get header() {
    return this.#splitOnce().header;
  }
  get trailer() {
    return this.#splitOnce().trailer;
  }

  #splitOnce() {
    this.#split ??= splitTrailers(this.#received);
    return this.#split;
  }
}
