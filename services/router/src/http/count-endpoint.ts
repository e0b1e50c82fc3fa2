import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { Dialect } from "@sluice/dialects";
import type { RequestFlow } from "../flow/request-flow.ts";
import { refuse } from "../refusal.ts";
import type { Endpoint } from "./endpoint.ts";
import { parseJsonBody } from "./parse-json-body.ts";
import { pickHeaders } from "./pick-headers.ts";

/**
 * An endpoint at which input tokens are counted. Its requests leave out what an answer would need, such as a limit on output, and may wrap the
 * rest: who counts reads them; here only the model matters.
 */
export function createCountEndpoint(options: {
  readonly route: string;
  readonly dialect: Dialect;
  readonly flow: RequestFlow;
  readonly forwardedHeaders?: readonly string[];
  /** The model that the path names. Undefined: the body names it. */
  readonly model?: string;
}): Endpoint {
  const { dialect, forwardedHeaders = [] } = options;
  return {
    method: "POST",
    route: options.route,
    dialect,
    streamForm: "sse",
    flow: options.flow,
    keyInQuery: options.model !== undefined,
    read(bytes, { header }) {
      const parsed = parseJsonBody(bytes);
      if (parsed.kind === "refused") return parsed;
      const model = options.model ?? parsed.json["model"];
      if (typeof model !== "string" || model === "") {
        const message = "model is missing, expected the name of a model or route";
        return { kind: "refused", refusal: refuse(ErrorReason.INVALID_REQUEST, message, { parameter: "model" }) };
      }
      const headers = pickHeaders(forwardedHeaders, header);
      return {
        kind: "read",
        request: {
          facts: {
            model,
            stream: false,
            maxOutputTokens: 0,
            candidateCount: 1,
            inputTokensAtMost: 0,
            inputModalities: ["text"],
            hasTools: false,
            endUser: undefined,
          },
          payload: { kind: "body", dialect: dialect.name, bytes, json: parsed.json, headers },
        },
      };
    },
  };
}
