import type { IncomingMessage, ServerResponse } from "node:http";
import type { Lifecycle } from "./lifecycle.ts";
import type { Telemetry } from "./telemetry.ts";

/**
 * Answers GET and HEAD of /healthz (alive), /readyz (200 or 503, a ReadinessReport as JSON) and /metrics (Prometheus text).
 * Returns false, and touches nothing, for any other path.
 */
export function createOperationsHandler(_options: {
  readonly lifecycle: Lifecycle;
  readonly telemetry: Telemetry;
}): (request: IncomingMessage, response: ServerResponse) => boolean {
  throw new Error("not built yet");
}
