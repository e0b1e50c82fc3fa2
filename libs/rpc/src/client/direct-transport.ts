import type { DescMethod } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import type { Logger } from "@sluice/runtime";
import { clientDurations, MethodDurations, serverDurations } from "../call/durations.ts";
import { createEndpoints } from "../call/endpoint.ts";
import { pathOf, type RpcRegistration } from "../registration.ts";
import { notOffered } from "../wire/fault.ts";
import { createDefaultTimeouts, timeoutOf } from "./call-limit.ts";
import type { DirectEndpoint } from "./direct-call.ts";
import { callDirectStream } from "./direct-stream.ts";
import { callDirectUnary } from "./direct-unary.ts";
import { firstOf } from "./single-input.ts";

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
export function createDirectTransport(options: DirectTransportOptions): Transport {
  const timeouts = createDefaultTimeouts(options.defaultTimeoutMs, options.defaultStreamTimeoutMs);
  const durations = clientDurations();
  const endpoints = new Map<DescMethod, DirectEndpoint>();
  for (const endpoint of createEndpoints({
    registrations: options.registrations,
    validate: options.validate ?? true,
    logger: options.logger,
    serviceName: options.serviceName,
    durations: serverDurations(),
  }).values()) {
    endpoints.set(endpoint.method, {
      ...endpoint,
      clientDurations: new MethodDurations(durations, endpoint.path),
    });
  }

  function find(method: DescMethod): DirectEndpoint {
    const endpoint = endpoints.get(method);
    if (endpoint === undefined) throw notOffered(`no implementation of ${pathOf(method).slice(1)} in this process`);
    return endpoint;
  }

  return {
    unary(method, signal, timeoutMs, header, input, values) {
      return new Promise((resolve, reject) => {
        callDirectUnary(find(method), resolve, reject, {
          signal,
          timeoutMs: timeoutOf(timeoutMs, timeouts.unaryMs),
          header,
          input,
          values,
        });
      });
    },
    async stream(method, signal, timeoutMs, header, input, values) {
      const endpoint = find(method);
      if (method.methodKind !== "server_streaming") {
        throw notOffered(
          `the direct transport does not carry ${method.methodKind} methods such as ${pathOf(method).slice(1)}`,
        );
      }
      const message = await firstOf(input);
      return callDirectStream(endpoint, {
        signal,
        timeoutMs: timeoutOf(timeoutMs, timeouts.streamMs),
        header,
        input: message,
        values,
      });
    },
  };
}
