import { create } from "@bufbuild/protobuf";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { AttemptFailure } from "@sluice/api/sluice/provider/v1/attempt";
import { type CompleteResponse, CompleteResponseSchema } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { createFailure, providerRequestId } from "../classify-failure.ts";
import type { UpstreamHeaders } from "../upstream/upstream-http.ts";
import type { HttpAttempt } from "./attempt-context.ts";

/** The response of an attempt that failed. */
export function failed(failure: AttemptFailure): CompleteResponse {
  return create(CompleteResponseSchema, { outcome: { case: "failure", value: failure } });
}

/** The failure of an answer that cannot be read. */
export function malformed(context: HttpAttempt, detail: string, headers: UpstreamHeaders): AttemptFailure {
  return createFailure(ErrorReason.UPSTREAM_MALFORMED, `${context.provider.name}: ${detail}`, {
    providerRequestId: providerRequestId(headers),
  });
}
