import { durationMs } from "@bufbuild/protobuf/wkt";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { Attempt, AttemptFailure } from "@sluice/api/sluice/provider/v1/attempt";
import { dialects, type UpstreamErrorBody } from "@sluice/dialects";
import { classifyErrorAnswer, createFailure } from "../classify-failure.ts";
import type { Authorization, NoAuthorization } from "../credentials/credential-source.ts";
import type { ResolvedEndpoint } from "../kinds/resolve-endpoints.ts";
import type { HttpProvider } from "../provider.ts";
import { defaultStreamFirstTokenMs, type Timeouts } from "../timeouts.ts";
import type { UpstreamCall, UpstreamHeaders } from "../upstream/upstream-http.ts";
import type { HttpAttempt } from "./attempt-context.ts";
import type { Prepared } from "./translate.ts";

/** A call that may be made; or why it may not. */
export type AuthorizedCall =
  | { readonly kind: "authorized"; readonly call: UpstreamCall; readonly authorization: Authorization }
  | { readonly kind: "failed"; readonly failure: AttemptFailure };

/**
 * The call that a prepared request amounts to, with the provider's credential. A promise only where the credential must be fetched.
 * `spentMs`: what an earlier call of the attempt has used of its time limits.
 */
export function upstreamCall(
  context: HttpAttempt,
  prepared: Prepared,
  stream: boolean,
  spentMs: number,
): AuthorizedCall | Promise<AuthorizedCall> {
  const { provider, endpoint } = context;
  const timeouts = timeoutsOf(provider, context.attempt);
  const firstByteMs = timeouts.firstTokenMs ?? (stream ? defaultStreamFirstTokenMs : undefined);
  const call = {
    origin: provider.origin,
    method: "POST",
    path: pathOf(endpoint, context.upstreamModel, stream),
    body: prepared.body,
    timeouts: spentMs === 0 ? timeouts : { ...timeouts, totalMs: remaining(timeouts.totalMs, spentMs) },
    firstByteMs: firstByteMs === undefined ? undefined : remaining(firstByteMs, spentMs),
    signal: context.signal,
  } as const;
  return authorizedCall(
    provider,
    call,
    [
      "content-type",
      "application/json",
      "accept",
      stream ? streamTypes[dialects[endpoint.dialect].framing] : "application/json",
      "accept-encoding",
      "identity",
      "user-agent",
      "sluice",
      "content-length",
      String(prepared.body.length),
    ],
    endpoint.headers?.(prepared.headers),
  );
}

/** The media type of a stream, by its framing. */
export const streamTypes = {
  sse: "text/event-stream",
  "aws.event_stream": "application/vnd.amazon.eventstream",
} as const;

/** A call with the provider's credential. A promise only where the credential must be fetched. */
export function authorizedCall(
  provider: HttpProvider,
  call: Omit<UpstreamCall, "headers">,
  headers: readonly string[],
  dialectHeaders: readonly string[] = [],
): AuthorizedCall | Promise<AuthorizedCall> {
  const asked = provider.credentials.authorize(call);
  return asked instanceof Promise
    ? asked.then((authorization) => withAuthorization(provider, call, headers, dialectHeaders, authorization))
    : withAuthorization(provider, call, headers, dialectHeaders, asked);
}

function withAuthorization(
  provider: HttpProvider,
  call: Omit<UpstreamCall, "headers">,
  headers: readonly string[],
  dialectHeaders: readonly string[],
  authorization: Authorization | NoAuthorization,
): AuthorizedCall {
  if (authorization.kind === "unavailable") {
    const message = `${provider.name}: ${authorization.message}`;
    return { kind: "failed", failure: createFailure(ErrorReason.UPSTREAM_UNAUTHENTICATED, message) };
  }
  return {
    kind: "authorized",
    authorization,
    call: { ...call, headers: [...headers, ...authorization.headers, ...dialectHeaders, ...provider.headers] },
  };
}

/** An error answer, classified; a credential that the provider refused rests. */
export function failureOfAnswer(
  context: HttpAttempt,
  authorization: Authorization,
  answer: { readonly status: number; readonly headers: UpstreamHeaders; readonly body: Buffer },
): AttemptFailure {
  const error = dialects[context.endpoint.dialect].decodeError(answer.body);
  return failureOfRefusal(context, authorization, answer, error);
}

/** The same, of an answer whose error has been read. */
export function failureOfRefusal(
  context: Pick<HttpAttempt, "provider" | "clock">,
  authorization: Authorization,
  answer: { readonly status: number; readonly headers: UpstreamHeaders },
  error: UpstreamErrorBody,
): AttemptFailure {
  const { provider, clock } = context;
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

/** The limits on a call's phases: the provider's, but for those that the attempt sets. */
export function timeoutsOf({ timeouts }: HttpProvider, { timeouts: given }: Attempt): Timeouts {
  if (given === undefined) return timeouts;
  return {
    connectMs: given.connect === undefined ? timeouts.connectMs : durationMs(given.connect),
    firstTokenMs: given.firstToken === undefined ? timeouts.firstTokenMs : durationMs(given.firstToken),
    idleMs: given.idle === undefined ? timeouts.idleMs : durationMs(given.idle),
    totalMs: given.total === undefined ? timeouts.totalMs : durationMs(given.total),
  };
}

function remaining(limitMs: number, spentMs: number): number {
  return Math.max(1, Math.ceil(limitMs - spentMs));
}

function pathOf(endpoint: ResolvedEndpoint, model: string, stream: boolean): string {
  const path = (stream && endpoint.streamPath) || endpoint.path;
  return path.includes("{model}") ? path.replace("{model}", () => encodeURIComponent(model)) : path;
}
