import type { ServerResponse } from "node:http";
import type { Dialect } from "@sluice/dialects";
import { formatUsd } from "@sluice/money";
import type { Door } from "../flow/door.ts";
import type { Report } from "../flow/report.ts";
import type { Refusal } from "../refusal.ts";
import { awaitsBody, discardRest } from "./read-body.ts";
import { costHeader, reportHeaders } from "./report-headers.ts";

/** A door that knows, besides, how its answer ended. */
export type HttpDoor = Door & { readonly status: number };

/** Writes an answer in the caller's dialect: JSON, or server-sent events. `left` is aborted when the caller leaves. */
export function createDialectDoor(
  dialect: Dialect,
  response: ServerResponse,
  onRefused: (refusal: Refusal) => void,
  left?: AbortSignal,
): HttpDoor {
  let status = 0;
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
    begin(report) {
      if (isGone()) return;
      status = 200;
      response.writeHead(200, [
        "content-type",
        "text/event-stream; charset=utf-8",
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
      return response.write(piece.bytes) ? undefined : drained(response);
    },
    end(report) {
      if (!isGone()) endStream(response, report);
    },
    fail(refusal, report) {
      onRefused(refusal);
      if (isGone()) return;
      const error = { ...refusal, requestId: report.requestId };
      if (response.headersSent) {
        response.write(dialect.encodeStreamError(error));
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
