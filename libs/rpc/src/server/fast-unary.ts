import type { DescMessage, Message, MessageInitShape } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { decodeMessage, encodeInit } from "@sluice/protobuf";
import { callEnded } from "../call/context.ts";
import { malformedRequest, requestTooLarge, responseTooLarge } from "../wire/fault.ts";
import { appendMetadata, appendTrailers, type HeaderList } from "../wire/headers.ts";
import { FastCall } from "./fast-call.ts";

const empty = Buffer.alloc(0);

/** A unary RPC in the fast lane: one body in, one body out. */
export class FastUnary extends FastCall {
  #bytes = 0;
  #body: Buffer = empty;
  #pieces: Buffer[] | undefined;

  protected read(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.limits.readMaxBytes) {
      this.fail(requestTooLarge(this.limits.readMaxBytes));
      return;
    }
    if (this.#bytes === chunk.length) this.#body = chunk;
    else if (this.#pieces === undefined) this.#pieces = [this.#body, chunk];
    else this.#pieces.push(chunk);
  }

  protected readEnd(): void {
    const body = this.#pieces === undefined ? this.#body : Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = undefined;
    this.#body = empty;
    const { method, check, handle, report } = this.endpoint;
    let message: Message;
    try {
      message = decodeMessage(method.input, body);
    } catch (cause) {
      this.fail(malformedRequest(`body is not a ${method.input.typeName}`, cause));
      return;
    }
    const invalid = check?.(message);
    if (invalid !== undefined) {
      this.fail(invalid);
      return;
    }
    try {
      const answer = handle(message, this.createContext());
      if (answer instanceof Promise) answer.then(this.#succeed, this.#failThrown);
      else this.#succeed(answer);
    } catch (thrown) {
      this.fail(report(thrown));
    }
  }

  protected abandon(): void {}

  readonly #failThrown = (thrown: unknown): void => {
    if (!this.settled) this.fail(this.endpoint.report(thrown));
  };

  readonly #succeed = (answer: unknown): void => {
    if (this.settled) return;
    const { output } = this.endpoint.method;
    let body: Uint8Array;
    try {
      body = encodeInit(output, answer as MessageInitShape<DescMessage>);
    } catch (thrown) {
      this.fail(this.endpoint.report(thrown));
      return;
    }
    if (body.length > this.limits.writeMaxBytes) {
      this.fail(responseTooLarge(body.length, this.limits.writeMaxBytes));
      return;
    }
    this.settle(undefined, callEnded);
    const headers = ["content-type", "application/proto", "content-length", String(body.length)];
    this.#appendContext(headers);
    this.response.writeHead(200, headers);
    this.response.end(body);
  };

  protected respondError(error: ConnectError): void {
    const body = errorToJsonBytes(error, undefined);
    const headers = ["content-type", "application/json", "content-length", String(body.length)];
    this.#appendContext(headers);
    if (!error.isWireError) appendMetadata(headers, error.metadata);
    this.response.writeHead(codeToHttpStatus(error.code), headers);
    this.response.end(body);
  }

  #appendContext(headers: HeaderList): void {
    const { context } = this;
    if (context === undefined) return;
    appendMetadata(headers, context.headerSet);
    appendTrailers(headers, context.trailerSet);
  }
}
