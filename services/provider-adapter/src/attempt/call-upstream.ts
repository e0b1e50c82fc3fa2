import { durationMs } from "@bufbuild/protobuf/wkt";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { AttemptFailure, PhaseTimeouts } from "@sluice/api/sluice/provider/v1/attempt";
import { dialects } from "@sluice/dialects";
import { classifyErrorAnswer } from "../classify-failure.ts";
import { defaultStreamFirstTokenMs, type Endpoint, type Timeouts } from "../kinds.ts";
import type { UpstreamCall, UpstreamHeaders } from "../upstream/upstream-http.ts";
import type { HttpAttempt } from "./attempt-context.ts";
import type { Prepared } from "./translate.ts";

/** The call that a prepared request amounts to, with the credential that is next in turn. */
export function upstreamCall(
  context: HttpAttempt,
  prepared: Prepared,
  stream: boolean,
): { readonly call: UpstreamCall; readonly apiKey: string | undefined } {
  const { provider } = context;
  const apiKey = provider.apiKeys.take();
  const timeouts = withOverrides(provider.timeouts, context.attempt.timeouts);
  return {
    apiKey,
    call: {
      origin: provider.origin,
      path: provider.basePath + pathOf(context.endpoint, context.upstreamModel, stream),
      headers: [
        "content-type",
        "application/json",
        "accept",
        stream ? "text/event-stream" : "application/json",
        "accept-encoding",
        "identity",
        "user-agent",
        "sluice",
        "content-length",
        String(prepared.body.length),
        ...provider.kind.headers(apiKey, prepared.headers),
      ],
      body: prepared.body,
      timeouts,
      firstByteMs: timeouts.firstTokenMs ?? (stream ? defaultStreamFirstTokenMs : undefined),
      signal: context.signal,
    },
  };
}

/** An error answer, classified; a credential that the provider refused rests. */
export function failureOfAnswer(
  context: HttpAttempt,
  apiKey: string | undefined,
  answer: { readonly status: number; readonly headers: UpstreamHeaders; readonly body: Buffer },
): AttemptFailure {
  const { provider, clock } = context;
  const error = dialects[context.endpoint.dialect].decodeError(answer.body);
  const failure = classifyErrorAnswer(provider.name, answer.status, answer.headers, error, clock.now());
  const restMs = failure.retryAfter === undefined ? defaultRestMs : durationMs(failure.retryAfter);
  switch (failure.reason) {
    case ErrorReason.UPSTREAM_RATE_LIMITED:
    case ErrorReason.UPSTREAM_QUOTA_EXHAUSTED:
    case ErrorReason.UPSTREAM_UNAUTHENTICATED:
    case ErrorReason.UPSTREAM_PERMISSION_DENIED:
      provider.apiKeys.rest(apiKey, restMs);
      break;
    default:
  }
  return failure;
}

/** How long a refused credential rests where the provider does not say. */
const defaultRestMs = 5_000;

function withOverrides(timeouts: Timeouts, given: PhaseTimeouts | undefined): Timeouts {
  if (given === undefined) return timeouts;
  return {
    connectMs: given.connect === undefined ? timeouts.connectMs : durationMs(given.connect),
    firstTokenMs: given.firstToken === undefined ? timeouts.firstTokenMs : durationMs(given.firstToken),
    idleMs: given.idle === undefined ? timeouts.idleMs : durationMs(given.idle),
    totalMs: given.total === undefined ? timeouts.totalMs : durationMs(given.total),
  };
}

function pathOf(endpoint: Endpoint, model: string, stream: boolean): string {
  const path = (stream && endpoint.streamPath) || endpoint.path;
  return path.includes("{model}") ? path.replace("{model}", () => encodeURIComponent(model)) : path;
}
