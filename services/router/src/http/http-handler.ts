import type { IncomingMessage, ServerResponse } from "node:http";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { dialects } from "@sluice/dialects";
import type { RequestHandler } from "@sluice/rpc";
import type { IdSource } from "@sluice/runtime";
import { createReport } from "../flow/report.ts";
import { refuse } from "../refusal.ts";
import { createDialectDoor } from "./dialect-door.ts";
import type { DialectEndpoint } from "./dialect-endpoint.ts";

/** The doors of the dialects. */
export const dialectEndpoints: readonly DialectEndpoint[] = [
  { path: "/v1/chat/completions", dialect: dialects["openai.chat"], forwardedHeaders: [] },
  {
    path: "/v1/messages",
    dialect: dialects["anthropic.messages"],
    forwardedHeaders: ["anthropic-version", "anthropic-beta"],
  },
];

const modelsPath = "/v1/models";

/** Serves the router's port: dialects first, then whatever else stands on it. */
export function createHttpHandler(options: {
  readonly serveDialect: (
    endpoint: DialectEndpoint,
    request: IncomingMessage,
    response: ServerResponse,
  ) => Promise<void>;
  readonly serveModels: (request: IncomingMessage, response: ServerResponse) => void;
  /** /healthz, /readyz, /metrics. False: not one of them. */
  readonly serveOperations: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Takes a request if it is an RPC's. */
  readonly rpc: RequestHandler & { serves(url: string): boolean };
  readonly ids: IdSource;
}): RequestHandler {
  const endpoints = new Map(dialectEndpoints.map((endpoint) => [endpoint.path, endpoint]));

  return (request, response) => {
    const url = request.url ?? "/";
    const query = url.indexOf("?");
    const path = query === -1 ? url : url.slice(0, query);
    const endpoint = endpoints.get(path);
    if (endpoint !== undefined && request.method === "POST") {
      void options.serveDialect(endpoint, request, response);
      return;
    }
    if (path === modelsPath && request.method === "GET") {
      options.serveModels(request, response);
      return;
    }
    if (options.serveOperations(request, response)) return;
    if (options.rpc.serves(path)) {
      options.rpc(request, response);
      return;
    }
    const dialect = path.startsWith("/v1/messages") ? dialects["anthropic.messages"] : dialects["openai.chat"];
    const door = createDialectDoor(dialect, response, () => undefined);
    const report = createReport(options.ids.requestId());
    const method = endpoint !== undefined ? "POST" : path === modelsPath ? "GET" : undefined;
    if (method === undefined) {
      door.fail(refuse(ErrorReason.NOT_FOUND, `nothing is served at ${request.method} ${path.slice(0, 200)}`), report);
      return;
    }
    response.setHeader("allow", method);
    const refusal = refuse(ErrorReason.NOT_FOUND, `${path} takes ${method}, not ${request.method}`);
    door.fail({ ...refusal, httpStatus: 405 }, report);
  };
}
