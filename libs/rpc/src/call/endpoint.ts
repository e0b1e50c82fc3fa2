import type { DescMethod, Message } from "@bufbuild/protobuf";
import { Code, type ConnectError, type HandlerContext } from "@connectrpc/connect";
import type { Histogram, Logger } from "@sluice/runtime";
import { reportError } from "../error.ts";
import type { RpcMethod, RpcRegistration } from "../registration.ts";
import { MethodDurations } from "./durations.ts";
import { type SpanShape, spanShape } from "./span.ts";
import { type CheckMessage, createCheck } from "./validate.ts";

/** A method as a server or the direct transport calls it. */
export interface Endpoint {
  readonly method: DescMethod;
  readonly path: string;
  /** By the method's kind: message to message, message to messages, messages to message, messages to messages. */
  readonly handle: (request: unknown, context: HandlerContext) => unknown;
  /** Undefined where inputs are not checked. */
  readonly check: CheckMessage | undefined;
  readonly durations: MethodDurations;
  readonly span: SpanShape;
  /** What the caller is told of something thrown. Broken expectations are logged here, and here only. */
  readonly report: (thrown: unknown) => ConnectError;
}

export interface EndpointOptions {
  readonly registrations: readonly RpcRegistration[];
  readonly validate: boolean;
  readonly logger: Logger;
  readonly serviceName: string;
  readonly durations: Histogram;
}

/** Endpoints by path. An error where a service is registered twice. */
export function createEndpoints(options: EndpointOptions): ReadonlyMap<string, Endpoint> {
  const endpoints = new Map<string, Endpoint>();
  for (const registration of options.registrations) {
    for (const method of registration.methods) {
      if (endpoints.has(method.path)) {
        throw new Error(`service ${registration.service.typeName} is registered twice, expected once`);
      }
      endpoints.set(method.path, createEndpoint(method, options));
    }
  }
  return endpoints;
}

function createEndpoint(registered: RpcMethod, options: EndpointOptions): Endpoint {
  const { method, path } = registered;
  const report = (thrown: unknown): ConnectError => {
    const { error, unexpected } = reportError(thrown);
    if (unexpected || error.code === Code.Internal) {
      options.logger.error("rpc failed unexpectedly", { rpc: path.slice(1), error: error.cause ?? error });
    }
    return error;
  };
  return {
    method,
    path,
    handle: registered.handle as (request: unknown, context: HandlerContext) => unknown,
    check: options.validate && registered.validate ? createCheck(method.input) : undefined,
    durations: new MethodDurations(options.durations, path),
    span: spanShape(options.serviceName, path),
    report,
  };
}

/** Throws where a message breaks the rules in its proto. */
export function assertValid(endpoint: Endpoint, message: Message): void {
  const error = endpoint.check?.(message);
  if (error !== undefined) throw error;
}
