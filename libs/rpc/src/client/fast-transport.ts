import type { DescMessage, DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { encodeInit } from "@sluice/protobuf";
import { type Dispatcher, Pool } from "undici";
import { clientDurations, MethodDurations } from "../call/durations.ts";
import { spanShape } from "../call/span.ts";
import { pathOf } from "../registration.ts";
import { encodeEnvelope } from "../wire/envelope.ts";
import { notOffered, requestNotEncoded, requestNotSent, tooManyCalls } from "../wire/fault.ts";
import { appendInit, type HeaderInit, type HeaderList } from "../wire/headers.ts";
import { encodeTimeout } from "../wire/timeout.ts";
import { createDefaultTimeouts, timeoutOf } from "./call-limit.ts";
import type { FastMethod } from "./fast-call.ts";
import { FastStreamCall } from "./fast-stream.ts";
import { FastUnaryCall } from "./fast-unary.ts";
import { firstOf } from "./single-input.ts";

/** A transport that holds connections. */
export interface ClosableTransport extends Transport, AsyncDisposable {
  /** Ends running calls with `unavailable` and closes connections. */
  close(): Promise<void>;
}

export interface FastTransportOptions {
  /** "http://host:port", no path. */
  readonly baseUrl: string;
  /** Sent as `authorization: Bearer`. */
  readonly meshSecret?: string;
  /** The largest message taken. Default 64 MiB. Beyond: resource_exhausted. */
  readonly maxResponseBytes?: number;
  /** The largest message sent. Default 32 MiB. Beyond: resource_exhausted, unsent. */
  readonly maxRequestBytes?: number;
  /** Connections at most; a stream occupies one while it lasts. Default 128. */
  readonly connections?: number;
  /** Calls running or waiting for a connection, at most. Default 4096. Beyond: resource_exhausted. */
  readonly maxConcurrentCalls?: number;
  /** How long an idle connection is kept, unless the server says shorter. Default 30 s. */
  readonly keepAliveTimeoutMs?: number;
  /** Default 2 s. Beyond: unavailable. */
  readonly connectTimeoutMs?: number;
  /** For calls that name no timeout. Default 30 s; streams 1 h. */
  readonly defaultTimeoutMs?: number;
  readonly defaultStreamTimeoutMs?: number;
  /** The part of Sluice that calls, as tracer name: "sluice.router". */
  readonly serviceName: string;
}

const mebibyte = 1024 * 1024;

/** The Connect protocol, binary and uncompressed, over HTTP/1.1 keep-alive: unary and server-streaming calls between services. */
export function createFastTransport(options: FastTransportOptions): ClosableTransport {
  const maxResponseBytes = options.maxResponseBytes ?? 64 * mebibyte;
  const maxRequestBytes = options.maxRequestBytes ?? 32 * mebibyte;
  const maxConcurrentCalls = options.maxConcurrentCalls ?? 4096;
  const timeouts = createDefaultTimeouts(options.defaultTimeoutMs, options.defaultStreamTimeoutMs);
  const { origin, pathname } = new URL(options.baseUrl);
  if (pathname !== "/") throw new Error(`base URL ${options.baseUrl} has a path, expected http://host:port`);
  const pool = new Pool(origin, {
    connections: options.connections ?? 128,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 30_000,
    allowH2: false,
    connect: { timeout: options.connectTimeoutMs ?? 2_000, noDelay: true },
  });
  const credentials: HeaderList =
    options.meshSecret === undefined ? [] : ["authorization", `Bearer ${options.meshSecret}`];
  const durations = clientDurations();
  const methods = new Map<DescMethod, FastMethod>();
  const load = { calls: 0 };

  function methodOf(method: DescMethod): FastMethod {
    let known = methods.get(method);
    if (known === undefined) {
      const path = pathOf(method);
      const contentType = method.methodKind === "unary" ? "application/proto" : "application/connect+proto";
      known = {
        method,
        path,
        headers: ["content-type", contentType, "connect-protocol-version", "1", ...credentials],
        durations: new MethodDurations(durations, path),
        span: spanShape(options.serviceName, path),
        maxResponseBytes,
        load,
      };
      methods.set(method, known);
    }
    return known;
  }

  function encode(method: DescMethod, input: unknown): Uint8Array {
    if (load.calls >= maxConcurrentCalls) throw tooManyCalls(maxConcurrentCalls);
    let data: Uint8Array;
    try {
      data = encodeInit(method.input, input as MessageInitShape<DescMessage>);
    } catch (cause) {
      throw requestNotEncoded(method.input.typeName, cause);
    }
    if (data.length > maxRequestBytes) throw requestNotSent(data.length, maxRequestBytes);
    return data;
  }

  function requestOf(method: FastMethod, body: Uint8Array, timeoutMs: number | undefined, header: HeaderInit) {
    const headers = method.headers.slice();
    if (timeoutMs !== undefined) headers.push("connect-timeout-ms", encodeTimeout(timeoutMs));
    appendInit(headers, header);
    return { path: method.path, method: "POST", headers, body } satisfies Dispatcher.DispatchOptions;
  }

  return {
    unary(desc, signal, timeoutMs, header, input, values) {
      return new Promise((resolve, reject) => {
        const method = methodOf(desc);
        const limitMs = timeoutOf(timeoutMs, timeouts.unaryMs);
        const request = requestOf(method, encode(desc, input), limitMs, header);
        new FastUnaryCall(method, resolve, reject).start(pool, request, { signal, timeoutMs: limitMs, values });
      });
    },
    async stream(desc, signal, timeoutMs, header, input, values) {
      if (desc.methodKind !== "server_streaming") {
        throw notOffered(`the fast transport does not carry ${desc.methodKind} methods: use the stock transport`);
      }
      const message = await firstOf(input);
      if (message === undefined) throw notOffered("no message for a method that takes one");
      const method = methodOf(desc);
      const limitMs = timeoutOf(timeoutMs, timeouts.streamMs);
      const body = Buffer.concat(encodeEnvelope(0, encode(desc, message)));
      const request = requestOf(method, body, limitMs, header);
      return new Promise((resolve, reject) => {
        new FastStreamCall(method, resolve, reject).start(pool, request, { signal, timeoutMs: limitMs, values });
      });
    },
    close: () => pool.destroy(),
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}
