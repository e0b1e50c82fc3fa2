import type { DescMessage, Message, MessageInitShape } from "@bufbuild/protobuf";
import { Code, type ConnectError } from "@connectrpc/connect";
import { endStreamToJson } from "@connectrpc/connect/protocol-connect";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { decodeMessage, encodeInit } from "@sluice/protobuf";
import { callEnded } from "../call/context.ts";
import { rpcError } from "../error.ts";
import { EnvelopeReader, encodeEnvelope, flagEndStream } from "../wire/envelope.ts";
import { malformedRequest, requestTooLarge, responseTooLarge } from "../wire/fault.ts";
import { appendMetadata } from "../wire/headers.ts";
import { FastCall } from "./fast-call.ts";

/**
 * A server-streaming RPC in the fast lane. The response's headers leave with the first message, so that a handler can set them until then.
 * The handler is asked for a message only when the one before has been taken by the socket.
 */
export class FastStream extends FastCall {
  readonly #reader = new EnvelopeReader(this.limits.readMaxBytes, (flags, data) => this.#envelope(flags, data));
  #input: Uint8Array | undefined;
  #iterator: AsyncIterator<unknown> | undefined;
  #wake: (() => void) | undefined;

  protected read(chunk: Buffer): void {
    const fault = this.#reader.push(chunk);
    if (fault !== undefined) this.fail(requestTooLarge(this.limits.readMaxBytes));
  }

  #envelope(flags: number, data: Uint8Array): void {
    if (flags !== 0) {
      this.fail(malformedRequest(`request envelope has flags ${flags}, expected 0`));
      return;
    }
    if (this.#input !== undefined) {
      this.fail(unimplemented("a second message for a method that takes one"));
      return;
    }
    this.#input = data;
  }

  protected readEnd(): void {
    if (this.#reader.unfinished) {
      this.fail(malformedRequest("request ended inside an envelope"));
      return;
    }
    if (this.#input === undefined) {
      this.fail(unimplemented("no message for a method that takes one"));
      return;
    }
    const { method, check, handle, report } = this.endpoint;
    let message: Message;
    try {
      message = decodeMessage(method.input, this.#input);
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
      const messages = handle(message, this.createContext()) as AsyncIterable<unknown>;
      this.#iterator = messages[Symbol.asyncIterator]();
    } catch (thrown) {
      this.fail(report(thrown));
      return;
    }
    void this.#pump(this.#iterator);
  }

  async #pump(iterator: AsyncIterator<unknown>): Promise<void> {
    try {
      for (;;) {
        const next = await iterator.next();
        if (this.settled) return;
        if (next.done === true) break;
        if (!this.#write(next.value)) await this.#drained();
        if (this.settled) return;
      }
    } catch (thrown) {
      if (!this.settled) {
        const error = this.endpoint.report(thrown);
        this.abandon();
        this.fail(error);
      }
      return;
    }
    this.settle(undefined, callEnded);
    this.#respondEnd(undefined);
  }

  /** False where the socket wants a pause. */
  #write(value: unknown): boolean {
    const { output } = this.endpoint.method;
    const data = encodeInit(output, value as MessageInitShape<DescMessage>);
    if (data.length > this.limits.writeMaxBytes) throw responseTooLarge(data.length, this.limits.writeMaxBytes);
    this.#respondHead();
    let more = true;
    for (const piece of encodeEnvelope(0, data)) more = this.response.write(piece);
    return more;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.response.off("drain", wake);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      this.response.on("drain", wake);
    });
  }

  /** Wakes the pump, which sees that the call is over, and tells the handler's iterator so. */
  protected abandon(): void {
    this.#wake?.();
    const iterator = this.#iterator;
    this.#iterator = undefined;
    iterator?.return?.().catch((thrown: unknown) => {
      this.endpoint.report(thrown);
    });
  }

  protected respondError(error: ConnectError): void {
    this.#respondEnd(error);
  }

  #respondHead(): void {
    if (this.response.headersSent) return;
    const headers = ["content-type", "application/connect+proto"];
    appendMetadata(headers, this.context?.headerSet);
    this.response.writeHead(200, headers);
  }

  #respondEnd(error: ConnectError | undefined): void {
    this.#respondHead();
    const end = endStreamToJson(this.context?.trailerSet ?? new Headers(), error, undefined);
    for (const piece of encodeEnvelope(flagEndStream, Buffer.from(JSON.stringify(end)))) this.response.write(piece);
    this.response.end();
  }
}

function unimplemented(message: string): ConnectError {
  return rpcError({ code: Code.Unimplemented, reason: ErrorReason.INVALID_REQUEST, fault: Fault.CALLER, message });
}
