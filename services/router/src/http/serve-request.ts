import type { IncomingMessage, ServerResponse } from "node:http";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { type Clock, decideTrace, type IdSource, type Logger, startSpan } from "@sluice/runtime";
import type { AdminCheck } from "../admin-check.ts";
import { readSecret } from "../authenticate.ts";
import type { RouterEvents } from "../events.ts";
import { createReport } from "../flow/report.ts";
import { type Refusal, reasonName, refuse } from "../refusal.ts";
import type { Endpoint, EndpointRequest } from "./endpoint.ts";
import { createHttpDoor, type HttpDoor } from "./http-door.ts";
import { readBody } from "./read-body.ts";
import { type HeaderReader, readSluiceHeaders, type SluiceHeaders } from "./request-headers.ts";

export type ServeRequestOptions = {
  /** Why a key would be refused. Undefined: it would not. Asked before a body is read: a stranger's is not worth the memory. */
  readonly refuseKey: (secret: string | undefined) => Refusal | undefined;
  readonly isAdmin: AdminCheck;
  readonly maxBodyBytes: number;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly events: RouterEvents;
  readonly logger: Logger;
};

/** Serves one request at an endpoint: reads it, hands it to the flow, answers in the caller's words whatever happens. */
export type ServeRequest = (
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
  query: string,
) => Promise<void>;

export function createServeRequest(options: ServeRequestOptions): ServeRequest {
  const { ids, clock, events, logger } = options;

  return async function serve(endpoint, request, response, queryText) {
    const startMs = clock.now();
    const startedMs = clock.monotonicMs();
    const requestId = ids.requestId();
    const header = headerReader(request);
    const caller = decideTrace(header("traceparent"), header("tracestate"));
    const trace = caller.recording
      ? startSpan("sluice.router", `${endpoint.method} ${endpoint.route}`, caller, {
          kind: "server",
          attributes: {
            "http.request.method": endpoint.method,
            "http.route": endpoint.route,
            "sluice.request.id": requestId,
          },
        })
      : caller;
    let refused: Refusal | undefined;
    const left = new AbortController();
    response.once("close", () => {
      // Not whether it finished: of an HTTP/2 response that the caller broke off, that is said too.
      if (!response.writableEnded) left.abort(callerLeft);
    });
    const onRefused = (refusal: Refusal) => {
      refused = refusal;
      events.requestRefused(refusal);
    };
    const door = createHttpDoor({
      dialect: endpoint.dialect,
      response,
      onRefused,
      left: left.signal,
      streamForm: endpoint.streamForm,
    });
    let report = createReport(requestId);

    try {
      const query = queryText === "" ? noQuery : new URLSearchParams(queryText);
      const secret = readSecret(header) ?? (endpoint.keyInQuery ? query.get("key") || undefined : undefined);
      const stranger = options.refuseKey(secret);
      if (stranger !== undefined) {
        door.fail(stranger, report);
        return;
      }
      const read = await readRequest(endpoint, request, header, query);
      if (read.kind === "cut") return;
      if (read.kind === "refused") {
        door.fail(read.refusal, report);
        return;
      }
      const prepared =
        endpoint.prepare === undefined
          ? { kind: "prepared" as const, request: read.request, door }
          : await endpoint.prepare(read.request, { secret, requestId, trace, signal: left.signal, door });
      if (prepared.kind === "refused") {
        door.fail(prepared.refusal, report);
        return;
      }
      const { facts, payload } = prepared.request;
      report = await endpoint.flow(
        {
          requestId,
          secret,
          facts,
          payload,
          cacheMode: read.headers.cacheMode,
          tags: read.headers.tags,
          endUser: read.headers.user || (facts.endUser ?? ""),
          parameterMode: read.headers.parameterMode,
          captureRaw: read.headers.captureRaw,
          trace,
          signal: left.signal,
          startMs,
        },
        prepared.door,
      );
    } catch (error) {
      logger.error("a request broke an expectation", { err: error, request_id: requestId });
      failOnce(door, response, refuse(ErrorReason.INTERNAL, `internal error: request ${requestId}`), report);
    } finally {
      events.requestEnded(report, {
        route: endpoint.route,
        status: left.signal.aborted ? 499 : door.status,
        seconds: (clock.monotonicMs() - startedMs) / 1000,
      });
      if (trace.recording) {
        trace.setAttributes({ "http.response.status_code": door.status, "gen_ai.response.model": report.model });
        if (refused !== undefined) trace.setError(reasonName(refused.reason), refused.message);
        trace.end();
      }
    }
  };

  type ReadRequest =
    | { readonly kind: "cut" }
    | { readonly kind: "refused"; readonly refusal: Refusal }
    | { readonly kind: "read"; readonly request: EndpointRequest; readonly headers: SluiceHeaders };

  async function readRequest(
    endpoint: Endpoint,
    message: IncomingMessage,
    header: HeaderReader,
    query: URLSearchParams,
  ): Promise<ReadRequest> {
    const body = await readBody(message, options.maxBodyBytes);
    if (body.kind === "cut") return body;
    if (body.kind === "too_large") {
      const text = `the body is larger than ${options.maxBodyBytes} bytes`;
      return { kind: "refused", refusal: refuse(ErrorReason.BODY_TOO_LARGE, text) };
    }
    const headers = readSluiceHeaders(header, options.isAdmin);
    if (headers.kind === "refused") return headers;
    const read = await endpoint.read(body.bytes, { header, query });
    return read.kind === "refused" ? read : { ...read, headers: headers.headers };
  }
}

/** One for all requests without a query. Nobody writes to it. */
const noQuery = new URLSearchParams();

/** One reason for all: making one costs more than a whole small request. */
const callerLeft = new DOMException("the caller left", "AbortError");

function failOnce(
  door: HttpDoor,
  response: ServerResponse,
  refusal: Refusal,
  report: ReturnType<typeof createReport>,
): void {
  if (response.writableEnded) return;
  door.fail(refusal, report);
}

export function headerReader(request: IncomingMessage): HeaderReader {
  const headers = request.headers;
  return (name) => {
    const value = headers[name];
    return typeof value === "string" ? value : value?.[0];
  };
}
