import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { Dialect, RequestAddress } from "@sluice/dialects";
import type { RequestFlow } from "../flow/request-flow.ts";
import { refuse } from "../refusal.ts";
import type { Endpoint } from "./endpoint.ts";
import type { StreamForm } from "./http-door.ts";
import { parseJsonBody } from "./parse-json-body.ts";
import { pickHeaders } from "./pick-headers.ts";

/** An endpoint at which models are asked in a dialect. */
export function createChatEndpoint(options: {
  readonly route: string;
  readonly dialect: Dialect;
  readonly flow: RequestFlow;
  /** Headers of the dialect that change what a request means: sent on to a provider that speaks it too. */
  readonly forwardedHeaders?: readonly string[];
  /** What the path says of the request, in a dialect that says it there. */
  readonly address?: RequestAddress;
  readonly streamForm?: StreamForm;
  readonly keyInQuery?: boolean;
}): Endpoint {
  const { dialect, forwardedHeaders = [], address } = options;
  return {
    method: "POST",
    route: options.route,
    dialect,
    streamForm: options.streamForm ?? "sse",
    flow: options.flow,
    keyInQuery: options.keyInQuery ?? false,
    read(bytes, { header }) {
      const parsed = parseJsonBody(bytes);
      if (parsed.kind === "refused") return parsed;
      const facts = dialect.readFacts(parsed.json, address);
      if (facts.kind === "invalid") {
        const { message, parameter } = facts.problem;
        return { kind: "refused", refusal: refuse(ErrorReason.INVALID_REQUEST, message, { parameter }) };
      }
      const headers = pickHeaders(forwardedHeaders, header);
      const payload = { kind: "body" as const, dialect: dialect.name, bytes, json: parsed.json, headers };
      return { kind: "read", request: { facts: facts.value, payload } };
    },
  };
}
