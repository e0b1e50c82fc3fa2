import { dialects } from "@sluice/dialects";
import type { RequestFlow } from "../flow/request-flow.ts";
import { createChatEndpoint } from "./chat-endpoint.ts";
import { createCountEndpoint } from "./count-endpoint.ts";
import { decodePathName } from "./decode-path-name.ts";
import { createEmbeddingsEndpoint } from "./embeddings-endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { createForwardEndpoint } from "./forward-endpoint.ts";
import { findForwardPaths } from "./forward-paths.ts";
import { createResponsesEndpoint } from "./responses-endpoint.ts";

/** The endpoints at a path, one for each method that it takes. Empty: nothing is asked of models there. */
export type FindEndpoints = (path: string, query: string) => readonly Endpoint[];

/** Headers of Anthropic's that change what a request means. */
const anthropicHeaders = ["anthropic-version", "anthropic-beta"];

/**
 * `/v1beta/models/{model}:{operation}`, where the model's name may hold slashes (ai.google.dev/api, seen 2026-11-22). The Vercel AI SDK leaves
 * `models/` out before a name that holds one.
 */
const geminiPath = /^\/v1(?:beta|alpha)?\/(?:models\/)?(.{1,256}):([A-Za-z]{1,64})$/;

export function createFindEndpoints(options: {
  readonly flow: RequestFlow;
  readonly countFlow: RequestFlow;
  readonly responses: Pick<Parameters<typeof createResponsesEndpoint>[0], "conversations" | "authenticate">;
}): FindEndpoints {
  const { flow, countFlow } = options;
  const anthropic = dialects["anthropic.messages"];
  const responses = dialects["openai.responses"];
  const fixed = new Map<string, readonly Endpoint[]>(
    [
      createChatEndpoint({ route: "/v1/chat/completions", dialect: dialects["openai.chat"], flow }),
      createResponsesEndpoint({ dialect: responses, flow, ...options.responses }),
      createCountEndpoint({ route: "/v1/responses/input_tokens", dialect: responses, flow: countFlow }),
      createChatEndpoint({ route: "/v1/messages", dialect: anthropic, flow, forwardedHeaders: anthropicHeaders }),
      createCountEndpoint({
        route: "/v1/messages/count_tokens",
        dialect: anthropic,
        flow: countFlow,
        forwardedHeaders: anthropicHeaders,
      }),
      createEmbeddingsEndpoint({
        route: "/v1/embeddings",
        dialect: "openai.embeddings",
        errorsIn: dialects["openai.chat"],
        flow,
      }),
    ].map((endpoint) => [endpoint.route, [endpoint]]),
  );

  return (path, query) => {
    const known = fixed.get(path);
    if (known !== undefined) return known;
    const gemini = geminiPath.exec(path);
    if (gemini !== null) return findGemini(gemini[1] as string, gemini[2] as string, query);
    if (!path.startsWith("/v1/")) return [];
    const below = path.slice("/v1".length);
    return findForwardPaths(below).map((forward) => createForwardEndpoint(forward, below, flow));
  };

  function findGemini(named: string, operation: string, query: string): readonly Endpoint[] {
    const model = decodePathName(named);
    const dialect = dialects["gemini.generate"];
    const route = `/v1beta/models/{model}:${operation}`;
    const common = { route, dialect, keyInQuery: true };
    switch (operation) {
      case "generateContent":
        return [createChatEndpoint({ ...common, flow, address: { model, stream: false } })];
      case "streamGenerateContent":
        return [
          createChatEndpoint({
            ...common,
            flow,
            address: { model, stream: true },
            streamForm: new URLSearchParams(query).get("alt") === "sse" ? "sse" : "json_array",
          }),
        ];
      case "countTokens":
        return [createCountEndpoint({ route, dialect, flow: countFlow, model })];
      case "embedContent":
      case "batchEmbedContents":
        return [
          createEmbeddingsEndpoint({ route, dialect: "gemini.embed", errorsIn: dialect, flow, model, operation }),
        ];
      default:
        return [];
    }
  }
}
