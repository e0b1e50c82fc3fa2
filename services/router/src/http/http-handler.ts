import type { IncomingMessage, ServerResponse } from "node:http";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { type Dialect, dialects } from "@sluice/dialects";
import type { RequestHandler } from "@sluice/rpc";
import type { IdSource } from "@sluice/runtime";
import { createReport } from "../flow/report.ts";
import { refuse } from "../refusal.ts";
import type { FindEndpoints } from "./find-endpoint.ts";
import { createHttpDoor } from "./http-door.ts";
import type { ModelsCall } from "./models.ts";
import type { ServeRequest } from "./serve-request.ts";
import type { StoredResponseCall } from "./stored-response-handler.ts";

/** Serves the router's port: models first, then whatever else stands on it. */
export function createHttpHandler(options: {
  readonly findEndpoints: FindEndpoints;
  readonly serveRequest: ServeRequest;
  readonly serveModels: (call: ModelsCall, request: IncomingMessage, response: ServerResponse) => void;
  readonly serveStoredResponse: (
    call: StoredResponseCall,
    request: IncomingMessage,
    response: ServerResponse,
  ) => Promise<void>;
  /** /healthz, /readyz, /metrics. False: not one of them. */
  readonly serveOperations: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Takes a request if it is an RPC's. */
  readonly rpc: RequestHandler & { serves(url: string): boolean };
  readonly ids: IdSource;
}): RequestHandler {
  return (request, response) => {
    const url = request.url ?? "/";
    const question = url.indexOf("?");
    const path = question === -1 ? url : url.slice(0, question);
    const query = question === -1 ? "" : url.slice(question + 1);

    const endpoints = options.findEndpoints(path, query);
    const endpoint = endpoints.find(({ method }) => method === request.method);
    if (endpoint !== undefined) {
      void options.serveRequest(endpoint, request, response, query);
      return;
    }
    const models = findModelsCall(path);
    if (models !== undefined && request.method === "GET") {
      options.serveModels(models, request, response);
      return;
    }
    const stored = storedResponsePath.exec(path);
    const storedMethods = stored === null ? [] : stored[2] === undefined ? ["GET", "DELETE"] : ["GET"];
    if (stored !== null && storedMethods.includes(request.method ?? "")) {
      const call: StoredResponseCall = {
        method: request.method as "GET" | "DELETE",
        responseId: stored[1] as string,
        part: stored[2] === undefined ? "response" : "input_items",
      };
      void options.serveStoredResponse(call, request, response);
      return;
    }
    if (options.serveOperations(request, response)) return;
    if (options.rpc.serves(path)) {
      options.rpc(request, response);
      return;
    }
    const methods = [
      ...endpoints.map(({ method }) => method),
      ...(models === undefined ? [] : ["GET"]),
      ...(endpoints.length === 0 ? storedMethods : []),
    ];
    refuseUnserved(request, response, path, methods);
  };

  /** Nothing is served there, or not so: told in the words of whoever probably asks. */
  function refuseUnserved(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    methods: readonly string[],
  ) {
    const door = createHttpDoor({ dialect: dialectOfPath(path), response });
    const report = createReport(options.ids.requestId());
    if (methods.length === 0) {
      door.fail(refuse(ErrorReason.NOT_FOUND, `nothing is served at ${request.method} ${path.slice(0, 200)}`), report);
      return;
    }
    const allowed = methods.join(", ");
    response.setHeader("allow", allowed);
    const refusal = refuse(ErrorReason.NOT_FOUND, `${path.slice(0, 200)} takes ${allowed}, not ${request.method}`);
    door.fail({ ...refusal, httpStatus: 405 }, report);
  }
}

const storedResponsePath = /^\/v1\/responses\/([A-Za-z0-9_.-]{1,256})(\/input_items)?$/;

/** `/v1/models` and `/v1/models/{name}` of OpenAI and Anthropic, `/v1beta/models` of Google. */
function findModelsCall(path: string): ModelsCall | undefined {
  const match = /^\/v1(beta)?\/models(?:\/(.{1,300}))?$/.exec(path);
  if (match === null) return undefined;
  return { gemini: match[1] !== undefined, name: match[2] };
}

function dialectOfPath(path: string): Dialect {
  if (path.startsWith("/v1/messages")) return dialects["anthropic.messages"];
  return dialects[path.startsWith("/v1beta/") ? "gemini.generate" : "openai.chat"];
}
