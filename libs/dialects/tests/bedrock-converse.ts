import { ParameterChangeKindSchema } from "@sluice/api/sluice/provider/v1/attempt";
import type { JsonObject } from "../src/dialect.ts";
import { dialects } from "../src/dialects.ts";

export const claude = "us.anthropic.claude-sonnet-4-20250514-v1:0";
export const claude45 = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

/** What Bedrock is sent for a request of chat completions, or why it is sent nothing. */
export function sendChat(body: JsonObject, model = claude) {
  const asked = { model: "any", messages: [{ role: "user", content: "Hello" }], ...body };
  const decoded = dialects["openai.chat"].decodeRequest(asked);
  if (decoded.kind === "invalid") throw new Error(`${decoded.problem.parameter}: ${decoded.problem.message}`);
  return send(decoded.value, model);
}

/** The same for a request of Anthropic's. */
export function sendMessages(body: JsonObject, model = claude) {
  const asked = { model: "any", max_tokens: 4000, messages: [{ role: "user", content: "Hello" }], ...body };
  const decoded = dialects["anthropic.messages"].decodeRequest(asked);
  if (decoded.kind === "invalid") throw new Error(`${decoded.problem.parameter}: ${decoded.problem.message}`);
  return send(decoded.value, model);
}

type ChatRequest = Parameters<(typeof dialects)["bedrock.converse"]["encodeRequest"]>[0];

type Sent = {
  readonly body: JsonObject;
  readonly changes: readonly string[];
  readonly refused: { readonly parameter: string; readonly message: string } | undefined;
};

function send(request: ChatRequest, model: string): Sent {
  const encoded = dialects["bedrock.converse"].encodeRequest(request, {
    model,
    stream: false,
    defaultMaxOutputTokens: 8192,
  });
  if (encoded.kind === "refused") return { body: {}, changes: [], refused: encoded.problem };
  const changes = encoded.changes.map(
    ({ parameter, kind }) => `${parameter} ${ParameterChangeKindSchema.value[kind]?.localName.toLowerCase()}`,
  );
  return { body: encoded.body, changes, refused: undefined };
}
