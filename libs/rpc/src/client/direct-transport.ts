import type { Transport } from "@connectrpc/connect";
import type { Logger } from "@sluice/runtime";
import type { RpcRegistration } from "../registration.ts";

export interface DirectTransportOptions {
  readonly registrations: readonly RpcRegistration[];
  readonly logger: Logger;
  /** For calls that name no timeout. Default 30 s; streams 1 h. */
  readonly defaultTimeoutMs?: number;
  readonly defaultStreamTimeoutMs?: number;
  /** Default true. */
  readonly validate?: boolean;
  /** The part of Sluice that serves, as tracer name: "sluice.billing". */
  readonly serviceName: string;
}

/**
 * Calls implementations in this process: no serialization, no network. Messages pass by reference, so neither side may change one
 * that it has handed over. Deadlines, cancellation, validation, errors, headers and trailers are as over the wire; size limits and access
 * are not, since nothing is encoded and there is no other caller.
 */
export function createDirectTransport(_options: DirectTransportOptions): Transport {
  throw new Error("not built yet");
}
