import type { ClosableTransport } from "./fast-transport.ts";

export interface StockTransportOptions {
  /** May have a path. */
  readonly baseUrl: string;
  /** Default "connect". */
  readonly protocol?: "connect" | "grpc" | "grpc-web";
  /** Default "2", which gRPC needs. */
  readonly httpVersion?: "1.1" | "2";
  /** JSON instead of binary. Default false. */
  readonly json?: boolean;
  /** Sent as `authorization: Bearer`: the mesh secret, or the credentials of a third party's service. */
  readonly meshSecret?: string;
  readonly maxResponseBytes?: number;
  readonly maxRequestBytes?: number;
  readonly defaultTimeoutMs?: number;
  readonly defaultStreamTimeoutMs?: number;
  readonly serviceName: string;
}

/** connect-node with compression off, for what the fast transport does not speak: gRPC, gRPC-Web, JSON, HTTP/2, TLS, client and bidi streams. */
export function createStockTransport(_options: StockTransportOptions): ClosableTransport {
  throw new Error("not built yet");
}
