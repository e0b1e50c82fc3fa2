import { create } from "@bufbuild/protobuf";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { type TokenUsage, TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import { type AttemptFailure, type ParameterChange, ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import type {
  EmbedRequest,
  EmbedResponse,
  EmbedSuccess,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import {
  type EmbeddingDialect,
  type EmbeddingRequest,
  type EmbeddingResponse,
  embeddingDialectByName,
  embeddingDialects,
  type JsonValue,
  joinEmbeddings,
  sumUsage,
} from "@sluice/dialects";
import { classifyBreak, createFailure, providerRequestId } from "../classify-failure.ts";
import { chooseEmbeddingEndpoint } from "../kinds/choose-embedding-endpoint.ts";
import type { UpstreamHeaders } from "../upstream/upstream-http.ts";
import { microsSince } from "./attempt-context.ts";
import { failureOfRefusal } from "./call-upstream.ts";
import { fillPath, type HttpCall, postJson } from "./http-call.ts";
import { inParallel } from "./in-parallel.ts";
import { createFacts } from "./outcome.ts";
import { parseObject, refuseChanges } from "./translate.ts";

/** How many calls of one request are under way at once. */
const callsAtOnce = 8;

/** The bodies that a request comes to, and the way back. */
type PreparedEmbedding = {
  readonly target: EmbeddingDialect;
  readonly bodies: readonly Uint8Array[];
  readonly path: string;
  readonly changes: readonly ParameterChange[];
  /** How the answer is brought to the client's dialect. Undefined: it passes through untouched. */
  readonly back: { readonly client: EmbeddingDialect; readonly request: EmbeddingRequest } | undefined;
};

type Preparation =
  | { readonly kind: "prepared"; readonly prepared: PreparedEmbedding }
  | { readonly kind: "failed"; readonly failure: AttemptFailure };

type Answer = { readonly body: Buffer; readonly json: JsonValue; readonly headers: UpstreamHeaders };

type Called =
  | { readonly kind: "answered"; readonly answer: Answer }
  | { readonly kind: "failed"; readonly failure: AttemptFailure };

/**
 * Makes one attempt to embed, in as many calls as the provider needs, and returns the answer in the words of the request. One call that fails
 * fails the attempt: the others are broken off.
 */
export async function embedOverHttp(request: EmbedRequest, context: HttpCall): Promise<EmbedResponse> {
  const { clock } = context;
  const preparation = prepare(request, context);
  if (preparation.kind === "failed") return failedToEmbed(preparation.failure);
  const { prepared } = preparation;

  const startMs = clock.monotonicMs();
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const calls = await inParallel(prepared.bodies, callsAtOnce, async (body): Promise<Called> => {
    if (stop.signal.aborted) return { kind: "failed", failure: brokenOff() };
    const called = await call(body, prepared, { ...context, signal }, clock.monotonicMs() - startMs);
    if (called.kind === "failed") stop.abort();
    return called;
  });
  const totalMicros = microsSince(startMs, clock);
  const answers = calls.flatMap((called) => (called.kind === "answered" ? [called.answer] : []));
  const fail = (failure: AttemptFailure): EmbedResponse => {
    failure.totalMicros = totalMicros;
    failure.parameterChanges = [...prepared.changes];
    // What the calls before it consumed is billed all the same.
    const spent = sumUsage(answers.map((answer) => usageOf(answer, prepared.target)));
    if (spent !== undefined) failure.usage = spent;
    return failedToEmbed(failure);
  };
  const failure = firstFailure(calls);
  if (failure !== undefined) return fail(failure);

  const [first] = answers;
  if (first === undefined) return fail(malformed(context, "it was not called"));
  const ended =
    prepared.back === undefined
      ? passThrough(first, prepared.target)
      : translate(answers, prepared.target, prepared.back);
  if (ended.kind === "malformed") return fail(malformed(context, ended.message));
  return succeeded({
    $typeName: "sluice.provider.v1.EmbedSuccess",
    body: ended.body,
    facts: createFacts({
      usage: ended.usage,
      finish: undefined,
      responseId: ended.responseId.slice(0, 1024),
      responseModel: ended.responseModel.slice(0, 256),
      outputCharacters: 0n,
      parameterChanges: [...prepared.changes],
      httpStatus: 200,
      firstByteMicros: totalMicros,
      totalMicros,
      providerRequestId: providerRequestId(first.headers),
    }),
  });
}

function prepare(request: EmbedRequest, context: HttpCall): Preparation {
  const { provider, upstreamModel: model, attempt } = context;
  const { dialect = "", operation = "", body = new Uint8Array() } = request.body ?? {};
  const client = embeddingDialectByName(dialect);
  if (client === undefined) {
    return refused(ErrorReason.UNTRANSLATABLE, `dialect ${dialect.slice(0, 64)} is not known to this adapter`);
  }
  const chosen = chooseEmbeddingEndpoint(provider.embeddings, client.name, operation, model);
  if (chosen === undefined) {
    const message = `${provider.name} does not embed with ${model.slice(0, 128)}`;
    return refused(ErrorReason.UPSTREAM_MODEL_NOT_FOUND, message);
  }
  const { endpoint } = chosen;
  const target = embeddingDialects[endpoint.dialect];
  if (chosen.sameDialect) {
    const rewritten = rewrite(client, body, model);
    if (rewritten === undefined) return refused(ErrorReason.MALFORMED_JSON, "the body is not a JSON object");
    const path = fillPath(endpoint.path, model, operation);
    return { kind: "prepared", prepared: { target, bodies: [rewritten], path, changes: [], back: undefined } };
  }
  const json = parseObject(body);
  if (json === undefined) return refused(ErrorReason.MALFORMED_JSON, "the body is not a JSON object");
  const decoded = client.decodeRequest(json, { model: attempt.model, operation });
  if (decoded.kind === "invalid") {
    return refused(ErrorReason.INVALID_REQUEST, decoded.problem.message, decoded.problem.parameter);
  }
  const encoded = target.encodeRequests(decoded.value, { model, operation: endpoint.operations?.[0] ?? "" });
  if (encoded.kind === "refused") return refused(encoded.reason, encoded.problem.message, encoded.problem.parameter);
  const failure = refuseChanges(attempt.parameterMode || ParameterMode.ADAPT, encoded.changes);
  if (failure !== undefined) return { kind: "failed", failure };
  return {
    kind: "prepared",
    prepared: {
      target,
      bodies: encoded.bodies.map((each) => Buffer.from(JSON.stringify(each))),
      path: fillPath(endpoint.path, model, encoded.operation),
      changes: encoded.changes,
      back: { client, request: decoded.value },
    },
  };
}

function rewrite(dialect: EmbeddingDialect, body: Uint8Array, model: string): Uint8Array | undefined {
  try {
    return dialect.rewriteRequest(body, model);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

async function call(
  body: Uint8Array,
  { target, path }: PreparedEmbedding,
  context: HttpCall,
  spentMs: number,
): Promise<Called> {
  const { provider } = context;
  const asked = await postJson(context, path, body, spentMs);
  if (asked.kind === "failed") return asked;
  const answer = await context.http.whole(asked.call);
  if (answer.kind === "broken") return { kind: "failed", failure: classifyBreak(provider.name, answer, false) };
  if (answer.status !== 200) {
    const error = target.decodeError(answer.body);
    return { kind: "failed", failure: failureOfRefusal(context, asked.authorization, answer, error) };
  }
  const json = parseJson(answer.body);
  if (json === undefined) return { kind: "failed", failure: malformed(context, "its answer is not JSON") };
  return { kind: "answered", answer: { body: answer.body, json, headers: answer.headers } };
}

/** The failure that the others were broken off for. */
function firstFailure(calls: readonly Called[]): AttemptFailure | undefined {
  const failures = calls.flatMap((called) => (called.kind === "failed" ? [called.failure] : []));
  return failures.find(({ reason }) => reason !== ErrorReason.CALLER_GONE) ?? failures[0];
}

function brokenOff(): AttemptFailure {
  return createFailure(ErrorReason.CALLER_GONE, "another call of the same request failed");
}

type Ended =
  | {
      readonly kind: "ended";
      readonly body: Uint8Array;
      readonly usage: TokenUsage | undefined;
      readonly responseId: string;
      readonly responseModel: string;
    }
  | { readonly kind: "malformed"; readonly message: string };

function passThrough(answer: Answer, target: EmbeddingDialect): Ended {
  const known = target.readResponseFacts(answer.json);
  if (known === undefined) return { kind: "malformed", message: "its answer is not one" };
  const { responseId, responseModel } = known;
  return { kind: "ended", body: answer.body, usage: usageOf(answer, target), responseId, responseModel };
}

function translate(
  answers: readonly Answer[],
  target: EmbeddingDialect,
  { client, request }: NonNullable<PreparedEmbedding["back"]>,
): Ended {
  const responses: EmbeddingResponse[] = [];
  for (const answer of answers) {
    const decoded = target.decodeResponse(answer.json);
    if (decoded.kind === "malformed") return decoded;
    responses.push({ ...decoded.response, usage: usageOf(answer, target) });
  }
  const joined = joinEmbeddings(responses);
  const { embeddings, usage, id, model } = joined;
  if (embeddings.length !== request.inputs.length) {
    const message = `it gave ${embeddings.length} vectors for ${request.inputs.length} inputs`;
    return { kind: "malformed", message };
  }
  const body = client.encodeResponse(joined, request);
  if (body === undefined) return { kind: "malformed", message: "its vectors are not in the form that was asked for" };
  return { kind: "ended", body: Buffer.from(JSON.stringify(body)), usage, responseId: id, responseModel: model };
}

/** What the answer's body says was consumed, else its header. Undefined: nobody said. */
function usageOf({ json, headers }: Answer, target: EmbeddingDialect): TokenUsage | undefined {
  const said = target.readResponseFacts(json)?.usage;
  if (said !== undefined || target.inputTokensHeader === undefined) return said;
  const counted = Number(headers[target.inputTokensHeader] ?? Number.NaN);
  return Number.isInteger(counted) && counted >= 0 && counted <= 0xffff_ffff
    ? create(TokenUsageSchema, { inputTokens: counted })
    : undefined;
}

function parseJson(body: Buffer): JsonValue | undefined {
  try {
    return JSON.parse(body.toString()) as JsonValue;
  } catch {
    return undefined;
  }
}

function refused(reason: ErrorReason, message: string, parameter = ""): Preparation {
  return { kind: "failed", failure: createFailure(reason, message, { parameter }) };
}

function malformed({ provider }: HttpCall, detail: string): AttemptFailure {
  return createFailure(ErrorReason.UPSTREAM_MALFORMED, `${provider.name}: ${detail}`);
}

function succeeded(value: EmbedSuccess): EmbedResponse {
  return { $typeName: "sluice.provider.v1.EmbedResponse", outcome: { case: "success", value } };
}

export function failedToEmbed(failure: AttemptFailure): EmbedResponse {
  return { $typeName: "sluice.provider.v1.EmbedResponse", outcome: { case: "failure", value: failure } };
}
