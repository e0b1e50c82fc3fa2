import type { Logger } from "@sluice/runtime";
import type { RpcRegistration } from "../registration.ts";
import type { AccessPolicy } from "./access.ts";
import type { RequestHandler } from "./listen.ts";

export interface RpcLimits {
  /** The largest message taken. Default 32 MiB. Beyond: resource_exhausted. */
  readonly readMaxBytes?: number;
  /** The largest message sent. Default 64 MiB. Beyond: resource_exhausted. */
  readonly writeMaxBytes?: number;
}

export interface RpcHandlerOptions {
  readonly services: readonly RpcRegistration[];
  /** Takes every request that is no RPC of these services. Default: 404. */
  readonly fallback?: RequestHandler;
  readonly access: AccessPolicy;
  readonly limits?: RpcLimits;
  /** Whether inputs are checked against the rules in their protos before handlers see them. Default true. */
  readonly validate?: boolean;
  readonly logger: Logger;
  /** The part of Sluice that serves, as tracer name: "sluice.billing". */
  readonly serviceName: string;
}

export interface RpcHandler extends RequestHandler {
  /** Whether this URL's path is that of an RPC served here. */
  serves(url: string): boolean;
}

/**
 * Serves RPCs over HTTP/1.1 and HTTP/2: Connect, gRPC and gRPC-Web, binary and JSON. Binary Connect without compression over
 * HTTP/1.1, unary and server-streaming, takes a lane of its own; everything else goes through connect-node.
 */
export function createRpcHandler(_options: RpcHandlerOptions): RpcHandler {
  throw new Error("not built yet");
}

/** Whether a URL has the form of an RPC's: "/package.Service/Method". Says nothing of whether it is served. */
export function isRpcPath(_url: string): boolean {
  throw new Error("not built yet");
}
