import type { IncomingMessage, ServerResponse } from "node:http";
import type { Lifecycle } from "./lifecycle.ts";
import type { Telemetry } from "./telemetry.ts";

const jsonType = "application/json; charset=utf-8";

/**
 * Answers GET and HEAD of /healthz (alive), /readyz (200 or 503, a ReadinessReport as JSON) and /metrics (Prometheus text).
 * Returns false, and touches nothing, for any other path. Works on HTTP/1.1 and HTTP/2 requests.
 */
export function createOperationsHandler(options: {
  readonly lifecycle: Lifecycle;
  readonly telemetry: Telemetry;
}): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { lifecycle, telemetry } = options;
  return (request, response) => {
    const path = pathOf(request.url ?? "");
    if (path !== "/healthz" && path !== "/readyz" && path !== "/metrics") return false;
    if (request.method !== "GET" && request.method !== "HEAD") {
      send(request, response, 405, jsonType, '{"error":"method not allowed, expected GET"}');
    } else if (path === "/healthz") {
      send(request, response, 200, jsonType, JSON.stringify({ alive: true, phase: lifecycle.state.phase }));
    } else {
      const answer = path === "/readyz" ? answerReadiness(lifecycle) : answerMetrics(telemetry);
      answer.then(
        ({ status, type, body }) => send(request, response, status, type, body),
        () => send(request, response, 500, jsonType, '{"error":"could not be read, see the log"}'),
      );
    }
    return true;
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function answerReadiness(lifecycle: Lifecycle): Promise<Answer> {
  const report = await lifecycle.readiness();
  return { status: report.ready ? 200 : 503, type: jsonType, body: JSON.stringify(report) };
}

async function answerMetrics(telemetry: Telemetry): Promise<Answer> {
  const { contentType, body } = await telemetry.renderMetrics();
  return { status: 200, type: contentType, body };
}

function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}

function send(request: IncomingMessage, response: ServerResponse, status: number, type: string, body: string): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { "content-type": type, "content-length": bytes.length, "cache-control": "no-store" });
  response.end(request.method === "HEAD" ? undefined : bytes);
}
