import type { IncomingMessage, ServerResponse } from "node:http";
import type { DescService, Message } from "@bufbuild/protobuf";
import {
  type ConnectError,
  createConnectRouter,
  createContextValues,
  type HandlerContext,
  type ServiceImpl,
} from "@connectrpc/connect";
import type { UniversalHandlerFn } from "@connectrpc/connect/protocol";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { decideTrace, type Logger } from "@sluice/runtime";
import { callerKey } from "../call/caller.ts";
import { callerGone } from "../call/context.ts";
import { assertValid, type Endpoint } from "../call/endpoint.ts";
import { endCallSpan, startCallSpan } from "../call/span.ts";
import { setTrace } from "../call/trace.ts";
import { pathOf, type RpcRegistration } from "../registration.ts";
import { maxTimeoutMs } from "../wire/timeout.ts";
import type { DecideAccess } from "./access.ts";
import type { Limits } from "./limits.ts";
import { iterateUntil, settleUntil } from "./until-aborted.ts";

export interface StockLaneOptions {
  readonly registrations: readonly RpcRegistration[];
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly access: ReadonlyMap<string, DecideAccess>;
  readonly limits: Limits;
  readonly logger: Logger;
}

/** Serves a request for the RPC at `path`, which must be one of the endpoints. */
export type StockLane = (path: string, request: IncomingMessage, response: ServerResponse) => void;

/** The same endpoints behind connect-node's protocols. */
export function createStockLane(options: StockLaneOptions): StockLane {
  const { endpoints, access, limits, logger } = options;
  const router = createConnectRouter({
    acceptCompression: [compressionGzip, compressionBrotli],
    readMaxBytes: limits.readMaxBytes,
    writeMaxBytes: limits.writeMaxBytes,
    maxTimeoutMs,
    requestGate(context) {
      const path = pathOf(context.method);
      const decision = access.get(path)?.(context.requestHeader.get("authorization") ?? undefined);
      if (decision === undefined) throw new Error(`no access decision for ${path}`);
      if (decision.kind === "allowed") {
        context.values.set(callerKey, decision.caller);
        return;
      }
      endpoints.get(path)?.durations.record(decision.error, performance.now());
      throw decision.error;
    },
  });
  for (const { service } of options.registrations) {
    const implementation = Object.fromEntries(
      service.methods.map((method) => {
        const endpoint = endpoints.get(pathOf(method));
        if (endpoint === undefined) throw new Error(`no endpoint for ${pathOf(method)}`);
        return [method.localName, adapt(endpoint)];
      }),
    );
    router.service(service, implementation as ServiceImpl<DescService>);
  }
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return (path, request, response) => {
    const handler = handlers.get(path);
    if (handler === undefined) throw new Error(`no handler for ${path}`);
    serve(handler, request, response).catch((error: unknown) => {
      if (response.destroyed || response.writableEnded) return;
      logger.debug("request could not be served", { rpc: path.slice(1), error });
      if (response.headersSent) response.destroy();
      else response.writeHead(400).end();
    });
  };
}

async function serve(handler: UniversalHandlerFn, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const universal = universalRequestFromNodeRequest(request, response, undefined, createContextValues());
  await universalResponseToNodeResponse(await handler(universal), response);
}

/** An endpoint as connect-node calls it: checks, times and traces what it runs, and ends when its signal does. */
function adapt(endpoint: Endpoint): unknown {
  switch (endpoint.method.methodKind) {
    case "unary":
      return async (message: Message, context: HandlerContext) => {
        const call = startCall(endpoint, context);
        try {
          assertValid(endpoint, message);
          return call.succeed(await settleUntil(context.signal, () => endpoint.handle(message, context)));
        } catch (thrown) {
          throw call.fail(thrown);
        }
      };
    case "client_streaming":
      return async (messages: AsyncIterable<Message>, context: HandlerContext) => {
        const call = startCall(endpoint, context);
        try {
          const checked = checkEach(endpoint, messages);
          return call.succeed(await settleUntil(context.signal, () => endpoint.handle(checked, context)));
        } catch (thrown) {
          throw call.fail(thrown);
        }
      };
    case "server_streaming":
      return (message: Message, context: HandlerContext) =>
        run(endpoint, context, () => {
          assertValid(endpoint, message);
          return endpoint.handle(message, context) as AsyncIterable<unknown>;
        });
    case "bidi_streaming":
      return (messages: AsyncIterable<Message>, context: HandlerContext) =>
        run(endpoint, context, () => endpoint.handle(checkEach(endpoint, messages), context) as AsyncIterable<unknown>);
  }
}

async function* run(endpoint: Endpoint, context: HandlerContext, start: () => AsyncIterable<unknown>) {
  const call = startCall(endpoint, context);
  try {
    yield* iterateUntil(context.signal, start());
    call.succeed(undefined);
  } catch (thrown) {
    throw call.fail(thrown);
  } finally {
    call.leave();
  }
}

async function* checkEach(endpoint: Endpoint, messages: AsyncIterable<Message>) {
  for await (const message of messages) {
    assertValid(endpoint, message);
    yield message;
  }
}

function startCall(endpoint: Endpoint, context: HandlerContext) {
  const startMs = performance.now();
  const header = context.requestHeader;
  const trace = decideTrace(header.get("traceparent") ?? undefined, header.get("tracestate") ?? undefined);
  const span = startCallSpan(endpoint.span, "server", trace);
  setTrace(context.values, span ?? trace);
  let ended = false;
  const end = (error: ConnectError | undefined): void => {
    if (ended) return;
    ended = true;
    endpoint.durations.record(error, startMs);
    endCallSpan(span, error);
  };
  return {
    succeed<T>(value: T): T {
      end(undefined);
      return value;
    },
    fail(thrown: unknown): ConnectError {
      const error = endpoint.report(thrown);
      end(error);
      return error;
    },
    /** The consumer left before the end. */
    leave(): void {
      end(callerGone);
    },
  };
}
