import { create } from "@bufbuild/protobuf";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { AttemptFacts, AttemptFailure } from "@sluice/api/sluice/provider/v1/attempt";
import { type CompleteResponse, CompleteResponseSchema } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { createFailure, providerRequestId } from "../classify-failure.ts";
import type { UpstreamHeaders } from "../upstream/upstream-http.ts";
import type { HttpAttempt } from "./attempt-context.ts";

/** The response of an attempt that failed. */
export function failed(failure: AttemptFailure): CompleteResponse {
  return create(CompleteResponseSchema, { outcome: { case: "failure", value: failure } });
}

/** What an answer says of itself. Undefined and left out are the same. */
export type KnownFacts = {
  readonly usage?: AttemptFacts["usage"];
  readonly finish?: AttemptFacts["finish"];
  readonly responseId: string;
  readonly responseModel: string;
  readonly outputCharacters: bigint;
  readonly parameterChanges?: AttemptFacts["parameterChanges"];
};

/** The facts of an attempt that ended well. Written out in full: `create` with its initial values costs more than the rest of the answer. */
export function createFacts(
  known: KnownFacts & Pick<AttemptFacts, "httpStatus" | "firstByteMicros" | "totalMicros" | "providerRequestId">,
): AttemptFacts {
  return {
    $typeName: "sluice.provider.v1.AttemptFacts",
    usage: known.usage,
    finish: known.finish,
    responseId: known.responseId,
    responseModel: known.responseModel,
    parameterChanges: known.parameterChanges ?? [],
    httpStatus: known.httpStatus,
    firstByteMicros: known.firstByteMicros,
    totalMicros: known.totalMicros,
    providerRequestId: known.providerRequestId,
    outputCharacters: known.outputCharacters,
  };
}

/** The failure of an answer that cannot be read. */
export function malformed(context: HttpAttempt, detail: string, headers: UpstreamHeaders): AttemptFailure {
  return createFailure(ErrorReason.UPSTREAM_MALFORMED, `${context.provider.name}: ${detail}`, {
    providerRequestId: providerRequestId(headers),
  });
}
