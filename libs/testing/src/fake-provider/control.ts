import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestLog } from "./record-requests.ts";
import type { RecordedRequest } from "./request-log.ts";
import type { ScriptRule } from "./script.ts";

/** What /_control/* can do. */
export interface Control {
  readonly script: (...rules: readonly ScriptRule[]) => void;
  readonly reset: () => void;
  readonly goDown: () => Promise<void>;
  readonly comeBack: () => Promise<void>;
  readonly log: RequestLog;
}

/** A logged request as /_control/requests gives it: the body in base64. */
export type SerializedRequest = Omit<RecordedRequest, "body"> & { readonly bodyBase64: string };

/**
 * - `POST /_control/script`: JSON array of rules. 204, or 400 with the reason.
 * - `POST /_control/reset`: 204.
 * - `GET /_control/requests?after=<number>`: logged requests with a higher number, as JSON.
 * - `GET /_control/stats`: counters as JSON.
 * - `POST /_control/down`: JSON `{"forMs": <n>}`; 202, then every connection is dropped and refused for so long.
 *
 * Control requests are not logged.
 */
export function serveControl(request: IncomingMessage, response: ServerResponse, control: Control): void {
  const [path, query] = (request.url ?? "").split("?");
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    try {
      route(`${request.method} ${path}`, query ?? "", Buffer.concat(chunks).toString(), response, control);
    } catch (error) {
      send(response, 400, { error: error instanceof Error ? error.message : String(error) });
    }
  });
}

function route(target: string, query: string, body: string, response: ServerResponse, control: Control): void {
  switch (target) {
    case "POST /_control/script":
      control.script(...(JSON.parse(body) as readonly ScriptRule[]));
      send(response, 204);
      return;
    case "POST /_control/reset":
      control.reset();
      send(response, 204);
      return;
    case "GET /_control/requests": {
      const after = Number(new URLSearchParams(query).get("after") ?? 0);
      send(response, 200, control.log.requests.filter((entry) => entry.number > after).map(serialize));
      return;
    }
    case "GET /_control/stats":
      send(response, 200, control.log.stats);
      return;
    case "POST /_control/down": {
      const { forMs } = JSON.parse(body) as { readonly forMs: number };
      response.on("close", () => {
        void control.goDown().then(() => setTimeout(() => void control.comeBack(), forMs));
      });
      send(response, 202, {});
      return;
    }
    default:
      send(response, 404, { error: `no such control: ${target}` });
  }
}

function serialize(entry: RecordedRequest): SerializedRequest {
  const { body, ...rest } = entry;
  return { ...rest, bodyBase64: body.toString("base64") };
}

function send(response: ServerResponse, status: number, value?: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(value === undefined ? undefined : JSON.stringify(value));
}
