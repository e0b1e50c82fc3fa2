import type { Transport } from "@connectrpc/connect";

/** A transport that holds connections. */
export interface ClosableTransport extends Transport, AsyncDisposable {
  /** Ends running calls with `canceled` and closes connections. */
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

/** The Connect protocol, binary and uncompressed, over HTTP/1.1 keep-alive: unary and server-streaming calls between services. */
export function createFastTransport(_options: FastTransportOptions): ClosableTransport {
  throw new Error("not built yet");
}
