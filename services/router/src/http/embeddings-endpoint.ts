import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { type Dialect, type EmbeddingDialectName, embeddingDialects } from "@sluice/dialects";
import type { RequestFlow } from "../flow/request-flow.ts";
import { refuse } from "../refusal.ts";
import type { Endpoint } from "./endpoint.ts";
import { parseJsonBody } from "./parse-json-body.ts";

/** An endpoint at which embeddings are asked for. */
export function createEmbeddingsEndpoint(options: {
  readonly route: string;
  readonly dialect: EmbeddingDialectName;
  /** The dialect in whose words errors are told. */
  readonly errorsIn: Dialect;
  readonly flow: RequestFlow;
  /** What the path says of the request, in a dialect that says it there. */
  readonly model?: string;
  readonly operation?: string;
}): Endpoint {
  const dialect = embeddingDialects[options.dialect];
  const address = { model: options.model ?? "", operation: options.operation ?? "" };
  return {
    method: "POST",
    route: options.route,
    dialect: options.errorsIn,
    streamForm: "sse",
    flow: options.flow,
    keyInQuery: options.model !== undefined,
    read(bytes) {
      const parsed = parseJsonBody(bytes);
      if (parsed.kind === "refused") return parsed;
      const facts = dialect.readFacts(parsed.json, address);
      if (facts.kind === "invalid") {
        const { message, parameter } = facts.problem;
        return { kind: "refused", refusal: refuse(ErrorReason.INVALID_REQUEST, message, { parameter }) };
      }
      const { model, inputTokensAtMost, inputModalities, endUser } = facts.value;
      return {
        kind: "read",
        request: {
          facts: {
            model,
            stream: false,
            // Vectors are not counted in tokens.
            maxOutputTokens: 0,
            candidateCount: 1,
            inputTokensAtMost,
            inputModalities,
            hasTools: false,
            endUser,
          },
          payload: { kind: "embeddings", dialect: dialect.name, operation: address.operation, bytes },
        },
      };
    },
  };
}
