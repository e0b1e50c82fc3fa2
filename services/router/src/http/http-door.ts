import type { ServerResponse } from "node:http";
import type { Dialect } from "@sluice/dialects";
import { formatUsd } from "@sluice/money";
import type { Door } from "../flow/door.ts";
import type { Report } from "../flow/report.ts";
import type { Refusal } from "../refusal.ts";
import { createJsonArrayWriter } from "./json-array-writer.ts";
import { awaitsBody, discardRest } from "./read-body.ts";
import { costHeader, reportHeaders } from "./report-headers.ts";

/** A door that knows, besides, how its answer ended. */
export type HttpDoor = Door & { readonly status: number };

/** How a stream is written: server-sent events, or one JSON array that grows (Gemini's stream without `alt=sse`). */
export type StreamForm = "sse" | "json_array";

export type HttpDoorOptions = {
  /** In whose words errors are told. */
  readonly dialect: Dialect;
  readonly response: ServerResponse;
  readonly onRefused?: (refusal: Refusal) => void;
  /** Aborted when the caller leaves. */
  readonly left?: AbortSignal;
  /** Default: `sse`. */
  readonly streamForm?: StreamForm;
};

/** Writes an answer in the caller's dialect: whole, or as it is produced. */
export function createHttpDoor(options: HttpDoorOptions): HttpDoor {
  const { dialect, response, left } = options;
  const array = options.streamForm === "json_array" ? createJsonArrayWriter() : undefined;
  let status = 0;
  let forwarded = false;
  // An HTTP/2 response does not know that it is destroyed, and what is written to it then never drains.
  const isGone = (): boolean => response.destroyed || left?.aborted === true;

  return {
    get status() {
      return status;
    },
    whole(answer, report) {
      if (answer.kind !== "body" || isGone()) return;
      status = 200;
      writeWhole(response, status, answer.bytes, "application/json", reportHeaders(report));
    },
    begin(report, head) {
      if (isGone()) return;
      forwarded = head !== undefined;
      status = head?.httpStatus ?? 200;
      response.writeHead(status, [
        "content-type",
        head?.contentType ?? (array === undefined ? "text/event-stream; charset=utf-8" : "application/json"),
        ...(head?.contentDisposition ? ["content-disposition", head.contentDisposition] : []),
        "cache-control",
        "no-cache",
        "x-accel-buffering",
        "no",
        ...(mayTrail(response) ? ["trailer", costHeader] : []),
        ...reportHeaders(report),
      ]);
      response.flushHeaders();
    },
    piece(piece) {
      if (piece.kind !== "body" || piece.bytes.length === 0 || isGone()) return undefined;
      const bytes = array === undefined || forwarded ? piece.bytes : array.elements(piece.bytes);
      return response.write(bytes) ? undefined : drained(response);
    },
    end(report) {
      if (isGone()) return;
      if (array !== undefined && !forwarded) response.write(array.end());
      endStream(response, report);
    },
    fail(refusal, report) {
      options.onRefused?.(refusal);
      if (isGone()) return;
      const error = { ...refusal, requestId: report.requestId };
      if (response.headersSent) {
        // A forwarded answer has no place for an error: the connection breaks, so that nobody takes it for whole.
        if (forwarded) {
          response.destroy();
          return;
        }
        const event = dialect.encodeStreamError(error);
        response.write(array === undefined ? event : Buffer.concat([array.elements(Buffer.from(event)), array.end()]));
        endStream(response, report);
        return;
      }
      status = refusal.httpStatus;
      const body = Buffer.from(JSON.stringify(dialect.encodeError(error)));
      writeWhole(response, status, body, "application/json", [...refusalHeaders(refusal), ...reportHeaders(report)]);
    },
  };
}

/**
 * Writes a whole answer. It ends when the request has: a connection that is closed with bytes unread is reset by the system, and the caller
 * would hardly get to read why it was refused.
 */
export function writeWhole(
  response: ServerResponse,
  status: number,
  body: Uint8Array,
  contentType: string,
  headers: readonly string[],
): void {
  response.writeHead(status, ["content-type", contentType, "content-length", String(body.length), ...headers]);
  if (!awaitsBody(response.req)) {
    response.end(body);
    return;
  }
  response.write(body);
  void discardRest(response.req).then(() => response.end(() => response.req.complete || response.req.destroy()));
}

function refusalHeaders(refusal: Refusal): string[] {
  if (refusal.retryAfterMs === undefined) return [];
  return ["retry-after", String(Math.max(1, Math.ceil(refusal.retryAfterMs / 1000)))];
}

/** Trailers go with chunked transfer and HTTP/2; HTTP/1.0 has neither. */
function mayTrail(response: ServerResponse): boolean {
  return response.req.httpVersion !== "1.0";
}

function endStream(response: ServerResponse, report: Report): void {
  if (report.costNanos !== undefined && mayTrail(response)) {
    response.addTrailers({ [costHeader]: formatUsd(report.costNanos) });
  }
  response.end();
}

/** Resolves when the caller has taken what waits, or has left. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}
