import { isUtf8 } from "node:buffer";
import type { AttemptFacts, AttemptFailure } from "@sluice/api/sluice/provider/v1/attempt";
import type {
  AttemptSuccess,
  CompleteRequest,
  CompleteResponse,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { type Dialect, dialects, type JsonValue, restoreCustomCalls } from "@sluice/dialects";
import { classifyBreak, classifyErrorEvent, providerRequestId } from "../classify-failure.ts";
import { type HttpAttempt, microsSince } from "./attempt-context.ts";
import { failureOfAnswer } from "./call-upstream.ts";
import { callWhole } from "./call-whole.ts";
import { createFacts, failed, type KnownFacts, malformed } from "./outcome.ts";
import { charactersOf } from "./output-characters.ts";
import { prepareAttempt } from "./prepare-attempt.ts";
import type { Prepared } from "./translate.ts";

/** Makes one attempt and returns the whole answer, in the words of the request. */
export async function completeOverHttp(request: CompleteRequest, context: HttpAttempt): Promise<CompleteResponse> {
  const { provider, clock } = context;
  const target = dialects[context.endpoint.dialect];
  const preparation = prepareAttempt(request.payload, context, false);
  if (preparation.kind === "failed") return failed(preparation.failure);

  const startMs = clock.monotonicMs();
  const called = await callWhole(context, preparation.prepared, startMs);
  const { prepared } = called;
  const totalMicros = microsSince(startMs, clock);
  const fail = (failure: AttemptFailure): CompleteResponse => {
    failure.totalMicros = totalMicros;
    failure.parameterChanges = [...prepared.changes];
    return failed(failure);
  };
  if (called.kind === "failed") return fail(called.failure);
  const { answer } = called;
  if (answer.kind === "broken") return fail(classifyBreak(provider.name, answer, false));
  if (answer.status !== 200) return fail(failureOfAnswer(context, called.authorization, answer));

  if (!isUtf8(answer.body)) return fail(malformed(context, "its answer is not UTF-8", answer.headers));
  const json = parseJson(answer.body);
  if (json === undefined) return fail(malformed(context, "its answer is not JSON", answer.headers));
  const facts = (known: KnownFacts) =>
    createFacts({
      ...known,
      httpStatus: answer.status,
      firstByteMicros: totalMicros,
      totalMicros,
      providerRequestId: providerRequestId(answer.headers),
    });

  return prepared.sameDialect ? passThrough() : translate();

  function passThrough(): CompleteResponse {
    const known = target.readResponseFacts(json as JsonValue);
    if (known === undefined) {
      const decoded = target.decodeResponse(json as JsonValue);
      if (decoded.kind === "error") return fail(classifyErrorEvent(provider.name, decoded.error));
      const detail = decoded.kind === "malformed" ? decoded.message : "its answer is not one";
      return fail(malformed(context, detail, answer.kind === "answered" ? answer.headers : {}));
    }
    return succeeded(
      { case: "body", value: (answer as { body: Buffer }).body },
      facts({
        usage: known.usage,
        finish: known.finish,
        responseId: known.responseId,
        responseModel: known.responseModel,
        parameterChanges: [...prepared.changes],
        outputCharacters: BigInt(known.outputCharacters),
      }),
    );
  }

  function translate(): CompleteResponse {
    const decoded = target.decodeResponse(json as JsonValue);
    if (decoded.kind === "error") return fail(classifyErrorEvent(provider.name, decoded.error));
    if (decoded.kind === "malformed") return fail(malformed(context, decoded.message, {}));
    const response = restoreCustomCalls(decoded.response, prepared.customTools);
    const encoded = encodeForClient(prepared, response, context);
    return succeeded(
      encoded.payload,
      facts({
        usage: response.usage,
        finish: response.candidates[0]?.finish,
        responseId: response.id,
        responseModel: response.model,
        parameterChanges: [...prepared.changes, ...encoded.changes],
        outputCharacters: BigInt(charactersOf(response)),
      }),
    );
  }
}

type SuccessPayload = AttemptSuccess["payload"];

function encodeForClient(
  prepared: Prepared,
  response: Parameters<Dialect["encodeResponse"]>[0],
  context: HttpAttempt,
): { payload: SuccessPayload; changes: AttemptFacts["parameterChanges"] } {
  if (prepared.client === undefined) return { payload: { case: "chat", value: response }, changes: [] };
  const { body, changes } = prepared.client.encodeResponse(response, {
    fallbackId: context.attempt.attemptId,
    fallbackCreatedSeconds: Math.floor(context.clock.now() / 1000),
    requestBody: prepared.clientJson,
  });
  return { payload: { case: "body", value: Buffer.from(JSON.stringify(body)) }, changes: [...changes] };
}

function succeeded(payload: SuccessPayload, facts: AttemptFacts): CompleteResponse {
  const value: AttemptSuccess = { $typeName: "sluice.provider.v1.AttemptSuccess", payload, facts };
  return { $typeName: "sluice.provider.v1.CompleteResponse", outcome: { case: "success", value } };
}

function parseJson(body: Buffer): JsonValue | undefined {
  try {
    return JSON.parse(body.toString()) as JsonValue;
  } catch {
    return undefined;
  }
}
