import type { IncomingMessage, ServerResponse } from "node:http";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { Dialect, JsonObject } from "@sluice/dialects";
import { type Clock, decideTrace, type IdSource, type Logger, startSpan } from "@sluice/runtime";
import { readSecret } from "../authenticate.ts";
import type { RouterEvents } from "../events.ts";
import { createReport } from "../flow/report.ts";
import type { RequestFlow } from "../flow/request-flow.ts";
import { type Refusal, reasonName, refuse } from "../refusal.ts";
import { createDialectDoor, type HttpDoor } from "./dialect-door.ts";
import { readBody } from "./read-body.ts";
import { type HeaderReader, readSluiceHeaders, type SluiceHeaders } from "./request-headers.ts";

/** A path at which one dialect is spoken. */
export type DialectEndpoint = {
  readonly path: string;
  readonly dialect: Dialect;
  /** Headers of the dialect that change what a request means: sent on to a provider that speaks it too. */
  readonly forwardedHeaders: readonly string[];
};

export type DialectEndpointOptions = {
  readonly flow: RequestFlow;
  /** Why a key would be refused. Undefined: it would not. Asked before a body is read: a stranger's is not worth the memory. */
  readonly refuseKey: (secret: string | undefined) => Refusal | undefined;
  readonly maxBodyBytes: number;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly events: RouterEvents;
  readonly logger: Logger;
};

/** Serves one request at a dialect's endpoint: reads it, hands it to the flow, answers in the dialect whatever happens. */
export function createDialectHandler(options: DialectEndpointOptions) {
  const { flow, ids, clock, events, logger } = options;

  return async function serve(
    endpoint: DialectEndpoint,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const startMs = clock.now();
    const startedMs = clock.monotonicMs();
    const requestId = ids.requestId();
    const header = headerReader(request);
    const caller = decideTrace(header("traceparent"), header("tracestate"));
    const trace = caller.recording
      ? startSpan("sluice.router", `POST ${endpoint.path}`, caller, {
          kind: "server",
          attributes: { "http.request.method": "POST", "http.route": endpoint.path, "sluice.request.id": requestId },
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
    const door = createDialectDoor(endpoint.dialect, response, onRefused, left.signal);
    let report = createReport(requestId);

    try {
      const secret = readSecret(header);
      const stranger = options.refuseKey(secret);
      if (stranger !== undefined) {
        door.fail(stranger, report);
        return;
      }
      const read = await readRequest(endpoint, request, header);
      if (read.kind === "cut") return;
      if (read.kind === "refused") {
        door.fail(read.refusal, report);
        return;
      }
      report = await flow(
        {
          requestId,
          secret,
          facts: read.facts,
          payload: {
            kind: "body",
            dialect: endpoint.dialect.name,
            bytes: read.bytes,
            json: read.json,
            headers: pickHeaders(endpoint.forwardedHeaders, header),
          },
          cacheMode: read.headers.cacheMode,
          tags: read.headers.tags,
          endUser: read.headers.user || (read.facts.endUser ?? ""),
          parameterMode: read.headers.parameterMode,
          trace,
          signal: left.signal,
          startMs,
        },
        door,
      );
    } catch (error) {
      logger.error("a request broke an expectation", { err: error, request_id: requestId });
      failOnce(door, response, refuse(ErrorReason.INTERNAL, `internal error: request ${requestId}`), report);
    } finally {
      events.requestEnded(report, {
        route: endpoint.path,
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

  async function readRequest(endpoint: DialectEndpoint, request: IncomingMessage, header: HeaderReader) {
    const body = await readBody(request, options.maxBodyBytes);
    if (body.kind === "cut") return body;
    if (body.kind === "too_large") {
      return refusedAs(ErrorReason.BODY_TOO_LARGE, `the body is larger than ${options.maxBodyBytes} bytes`);
    }
    const headers = readSluiceHeaders(header);
    if (headers.kind === "refused") return headers;
    const json = parseJson(body.bytes);
    if (json.kind === "refused") return json;
    const facts = endpoint.dialect.readFacts(json.value);
    if (facts.kind === "invalid") {
      const { message, parameter } = facts.problem;
      return refusedAs(ErrorReason.INVALID_REQUEST, message, parameter);
    }
    return {
      kind: "read" as const,
      bytes: body.bytes,
      json: json.value,
      facts: facts.value,
      headers: headers.headers as SluiceHeaders,
    };
  }
}

/** One reason for all: making one costs more than a whole small request. */
const callerLeft = new DOMException("the caller left", "AbortError");

function refusedAs(reason: ErrorReason, message: string, parameter = "") {
  return { kind: "refused" as const, refusal: refuse(reason, message, { parameter }) };
}

function parseJson(bytes: Buffer) {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (error) {
    // V8's message quotes the text: only where it broke is told.
    const place = /at position \d+|Unexpected end/.exec(String(error))?.[0] ?? "";
    return refusedAs(
      ErrorReason.MALFORMED_JSON,
      `the body is not JSON${place === "" ? "" : `: ${place.toLowerCase()}`}`,
    );
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return refusedAs(ErrorReason.INVALID_REQUEST, "the body is not a JSON object");
  }
  return { kind: "parsed" as const, value: value as JsonObject };
}

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

function pickHeaders(names: readonly string[], header: HeaderReader): Readonly<Record<string, string>> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = header(name);
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
