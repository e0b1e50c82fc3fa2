import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { AttemptFailure } from "@sluice/api/sluice/provider/v1/attempt";
import type { CountTokensRequest, CountTokensResponse } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { dialects, type JsonValue, type TokenCounting, tokenCountingByName } from "@sluice/dialects";
import { classifyBreak, createFailure } from "../classify-failure.ts";
import { estimateInputTokens } from "../count/estimate-input-tokens.ts";
import type { ResolvedCounting } from "../kinds/resolve-endpoints.ts";
import { failureOfRefusal } from "./call-upstream.ts";
import { fillPath, type HttpCall, postJson } from "./http-call.ts";
import { parseObject } from "./translate.ts";

/** What the provider said, or that it is not the one to say. */
type Counted =
  | { readonly kind: "counted"; readonly inputTokens: number }
  | { readonly kind: "not_counted" }
  | { readonly kind: "failed"; readonly failure: AttemptFailure };

/**
 * Counts the input tokens of a request: by the provider where it counts for the model, else as an estimate. `context` is undefined where there
 * is no provider to ask.
 */
export async function countInputTokens(
  request: CountTokensRequest,
  model: string,
  context: HttpCall | undefined,
): Promise<CountTokensResponse> {
  const { dialect = "", body = new Uint8Array(), headers = {} } = request.body ?? {};
  const client = tokenCountingByName(dialect);
  if (client === undefined) {
    return refused(ErrorReason.UNTRANSLATABLE, `dialect ${dialect.slice(0, 64)} has no form for a count of tokens`);
  }
  const json = parseObject(body);
  if (json === undefined) return refused(ErrorReason.MALFORMED_JSON, "the body is not a JSON object");
  const decoded = client.decodeRequest(json, model);
  if (decoded.kind === "invalid") {
    return refused(ErrorReason.INVALID_REQUEST, decoded.problem.message, decoded.problem.parameter);
  }
  const endpoint = context && chooseCounting(context, dialect);
  const counted: Counted =
    context === undefined || endpoint === undefined
      ? { kind: "not_counted" }
      : await askProvider(context, endpoint, { dialect, client, body, headers, chat: decoded.value });
  switch (counted.kind) {
    case "failed":
      return failedToCount(counted.failure);
    case "counted":
      return succeeded(client, counted.inputTokens, false);
    case "not_counted":
      return succeeded(client, await estimateInputTokens(decoded.value), true);
  }
}

/** Asked in the client's own words where the provider counts in them. */
function chooseCounting({ provider, upstreamModel }: HttpCall, dialect: string): ResolvedCounting | undefined {
  const fit = provider.counting.filter(({ models }) => models === undefined || models.test(upstreamModel));
  return fit.find((endpoint) => endpoint.dialect === dialect) ?? fit[0];
}

type Asked = {
  readonly dialect: string;
  readonly client: TokenCounting;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly chat: ChatRequest;
};

async function askProvider(context: HttpCall, endpoint: ResolvedCounting, asked: Asked): Promise<Counted> {
  const { provider, upstreamModel: model, clock } = context;
  const target = tokenCountingByName(endpoint.dialect);
  if (target === undefined) return { kind: "not_counted" };
  const sameDialect = endpoint.dialect === asked.dialect;
  const body = encodeAsked(context, endpoint, target, asked, sameDialect);
  if (body.kind === "failed") return body;
  const startMs = clock.monotonicMs();
  const dialectHeaders = endpoint.headers?.(sameDialect ? asked.headers : {});
  const call = await postJson(context, fillPath(endpoint.path, model), body.bytes, 0, dialectHeaders);
  if (call.kind === "failed") return call;
  const answer = await context.http.whole(call.call);
  const fail = (failure: AttemptFailure): Counted => {
    failure.totalMicros = BigInt(Math.max(0, Math.round((clock.monotonicMs() - startMs) * 1000)));
    return { kind: "failed", failure };
  };
  if (answer.kind === "broken") return fail(classifyBreak(provider.name, answer, false));
  if (notThere.has(answer.status)) return { kind: "not_counted" };
  if (answer.status !== 200) {
    const error = dialects[endpoint.dialect].decodeError(answer.body);
    return fail(failureOfRefusal(context, call.authorization, answer, error));
  }
  const inputTokens = target.readCount(parseJson(answer.body));
  if (inputTokens === undefined) {
    return fail(createFailure(ErrorReason.UPSTREAM_MALFORMED, `${provider.name}: its answer is no count of tokens`));
  }
  return { kind: "counted", inputTokens };
}

/** A provider that says so has no such endpoint, or none for the model: many compatible servers. */
const notThere: ReadonlySet<number> = new Set([404, 405, 501]);

/**
 * The client's own bytes where the provider counts in its words; else, and where the provider takes no wrapper, the request as it would be sent
 * to be answered.
 */
function encodeAsked(
  { upstreamModel: model }: HttpCall,
  endpoint: ResolvedCounting,
  target: TokenCounting,
  { client, body, chat }: Asked,
  sameDialect: boolean,
):
  | { readonly kind: "encoded"; readonly bytes: Uint8Array }
  | { readonly kind: "failed"; readonly failure: AttemptFailure } {
  const bare = endpoint.bare === true;
  if (sameDialect && !bare) return { kind: "encoded", bytes: client.rewriteRequest(body, model) };
  const encoded = target.encodeRequest(chat, { model, bare });
  if (encoded.kind === "refused") {
    const { message, parameter } = encoded.problem;
    return { kind: "failed", failure: createFailure(encoded.reason, message, { parameter }) };
  }
  return { kind: "encoded", bytes: Buffer.from(JSON.stringify(encoded.body)) };
}

function parseJson(body: Buffer): JsonValue {
  try {
    return JSON.parse(body.toString()) as JsonValue;
  } catch {
    return null;
  }
}

function succeeded(client: TokenCounting, inputTokens: number, estimated: boolean): CountTokensResponse {
  return {
    $typeName: "sluice.provider.v1.CountTokensResponse",
    outcome: {
      case: "success",
      value: {
        $typeName: "sluice.provider.v1.CountTokensSuccess",
        body: Buffer.from(JSON.stringify(client.encodeCount(inputTokens))),
        inputTokens,
        estimated,
      },
    },
  };
}

function refused(reason: ErrorReason, message: string, parameter = ""): CountTokensResponse {
  return failedToCount(createFailure(reason, message, { parameter }));
}

export function failedToCount(failure: AttemptFailure): CountTokensResponse {
  return { $typeName: "sluice.provider.v1.CountTokensResponse", outcome: { case: "failure", value: failure } };
}
