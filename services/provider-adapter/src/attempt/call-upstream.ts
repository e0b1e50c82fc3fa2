import { durationMs } from "@bufbuild/protobuf/wkt";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { AttemptFailure, PhaseTimeouts } from "@sluice/api/sluice/provider/v1/attempt";
import { dialects } from "@sluice/dialects";
import { classifyErrorAnswer, createFailure } from "../classify-failure.ts";
import type { Authorization, NoAuthorization } from "../credentials/credential-source.ts";
import type { ResolvedEndpoint } from "../kinds/resolve-endpoints.ts";
import { defaultStreamFirstTokenMs, type Timeouts } from "../timeouts.ts";
import type { UpstreamCall, UpstreamHeaders } from "../upstream/upstream-http.ts";
import type { HttpAttempt } from "./attempt-context.ts";
import type { Prepared } from "./translate.ts";

/** A call that may be made; or why it may not. */
export type AuthorizedCall =
  | { readonly kind: "authorized"; readonly call: UpstreamCall; readonly authorization: Authorization }
  | { readonly kind: "failed"; readonly failure: AttemptFailure };

/** The call that a prepared request amounts to, with the provider's credential. A promise only where the credential must be fetched. */
export function upstreamCall(
  context: HttpAttempt,
  prepared: Prepared,
  stream: boolean,
): AuthorizedCall | Promise<AuthorizedCall> {
  const { provider } = context;
  const path = pathOf(context.endpoint, context.upstreamModel, stream);
  const asked = provider.credentials.authorize({ method: "POST", origin: provider.origin, path, body: prepared.body });
  return asked instanceof Promise
    ? asked.then((authorization) => withAuthorization(context, prepared, stream, path, authorization))
    : withAuthorization(context, prepared, stream, path, asked);
}

function withAuthorization(
  context: HttpAttempt,
  prepared: Prepared,
  stream: boolean,
  path: string,
  authorization: Authorization | NoAuthorization,
): AuthorizedCall {
  const { provider } = context;
  if (authorization.kind === "unavailable") {
    const message = `${provider.name}: ${authorization.message}`;
    return { kind: "failed", failure: createFailure(ErrorReason.UPSTREAM_UNAUTHENTICATED, message) };
  }
  const timeouts = withOverrides(provider.timeouts, context.attempt.timeouts);
  return {
    kind: "authorized",
    authorization,
    call: {
      origin: provider.origin,
      path,
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
        ...authorization.headers,
        ...(context.endpoint.headers?.(prepared.headers) ?? []),
        ...provider.headers,
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
  authorization: Authorization,
  answer: { readonly status: number; readonly headers: UpstreamHeaders; readonly body: Buffer },
): AttemptFailure {
  const { provider, clock } = context;
  const error = dialects[context.endpoint.dialect].decodeError(answer.body);
  const failure = classifyErrorAnswer(provider.name, answer.status, answer.headers, error, clock.now());
  const restMs = failure.retryAfter === undefined ? defaultRestMs : durationMs(failure.retryAfter);
  switch (failure.reason) {
    case ErrorReason.UPSTREAM_RATE_LIMITED:
    case ErrorReason.UPSTREAM_QUOTA_EXHAUSTED:
      authorization.refused("rate", restMs);
      break;
    case ErrorReason.UPSTREAM_UNAUTHENTICATED:
    case ErrorReason.UPSTREAM_PERMISSION_DENIED:
      authorization.refused("credential", restMs);
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

function pathOf(endpoint: ResolvedEndpoint, model: string, stream: boolean): string {
  const path = (stream && endpoint.streamPath) || endpoint.path;
  return path.includes("{model}") ? path.replace("{model}", () => encodeURIComponent(model)) : path;
}
