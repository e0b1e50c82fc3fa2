import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "@sluice/runtime";
import { serverDurations } from "../call/durations.ts";
import { createEndpoints, type Endpoint } from "../call/endpoint.ts";
import type { RpcRegistration } from "../registration.ts";
import { type AccessPolicy, createAccess, type DecideAccess } from "./access.ts";
import { FastStream } from "./fast-stream.ts";
import { FastUnary } from "./fast-unary.ts";
import { createLimits, type RpcLimits } from "./limits.ts";
import type { RequestHandler } from "./listen.ts";
import { createStockLane } from "./stock-lane.ts";

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

interface Route {
  readonly path: string;
  readonly endpoint: Endpoint;
  readonly decide: DecideAccess;
}

/**
 * Serves RPCs over HTTP/1.1 and HTTP/2: Connect, gRPC and gRPC-Web, binary and JSON. Binary Connect without compression over
 * HTTP/1.1, unary and server-streaming, takes a lane of its own; everything else goes through connect-node.
 */
export function createRpcHandler(options: RpcHandlerOptions): RpcHandler {
  const { services: registrations, fallback = notFound, logger } = options;
  const limits = createLimits(options.limits);
  const access = createAccess(options.access, registrations);
  const endpoints = createEndpoints({
    registrations,
    validate: options.validate ?? true,
    logger,
    serviceName: options.serviceName,
    durations: serverDurations(),
  });
  const stock = createStockLane({ registrations, endpoints, access, limits, logger });
  const routes = new Map<string, Route>();
  for (const [path, endpoint] of endpoints) {
    const decide = access.get(path);
    if (decide === undefined) throw new Error(`no access decision for ${path}`);
    routes.set(path, { path, endpoint, decide });
  }

  const handle: RequestHandler = (request, response) => {
    const route = routes.get(pathOfUrl(request.url ?? ""));
    if (route === undefined) {
      fallback(request, response);
      return;
    }
    switch (laneOf(route.endpoint, request)) {
      case "fast-unary":
        new FastUnary(route.endpoint, limits, request, response).start(route.decide);
        return;
      case "fast-stream":
        new FastStream(route.endpoint, limits, request, response).start(route.decide);
        return;
      case "stock":
        stock(route.path, request, response);
    }
  };
  return Object.assign(handle, { serves: (url: string) => routes.has(pathOfUrl(url)) });
}

/** Whether a URL has the form of an RPC's: "/package.Service/Method". Says nothing of whether it is served. */
export function isRpcPath(url: string): boolean {
  const path = pathOfUrl(url);
  const slash = path.indexOf("/", 1);
  if (slash < 0 || slash === path.length - 1 || path.indexOf("/", slash + 1) >= 0) return false;
  const dot = path.indexOf(".");
  return dot > 1 && dot < slash - 1;
}

function laneOf({ method }: Endpoint, request: IncomingMessage): "fast-unary" | "fast-stream" | "stock" {
  const { headers } = request;
  if (request.httpVersionMajor !== 1 || request.method !== "POST" || !isIdentity(headers["content-encoding"])) {
    return "stock";
  }
  const contentType = headers["content-type"];
  if (method.methodKind === "unary") return contentType === "application/proto" ? "fast-unary" : "stock";
  const streams = method.methodKind === "server_streaming" && contentType === "application/connect+proto";
  return streams && isIdentity(headers["connect-content-encoding"]) ? "fast-stream" : "stock";
}

function isIdentity(encoding: string | string[] | undefined): boolean {
  return encoding === undefined || encoding === "identity";
}

function pathOfUrl(url: string): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404).end();
}
