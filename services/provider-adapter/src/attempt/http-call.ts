import type { Attempt } from "@sluice/api/sluice/provider/v1/attempt";
import type { Clock, Span } from "@sluice/runtime";
import type { HttpProvider } from "../provider.ts";
import type { UpstreamCall, UpstreamHttp } from "../upstream/upstream-http.ts";
import { type AuthorizedCall, authorizedCall, timeoutsOf } from "./call-upstream.ts";

/** A call to a provider that holds no conversation, with what it takes to make it. */
export type HttpCall = {
  readonly attempt: Attempt;
  readonly provider: HttpProvider;
  /** The provider's name of the model. */
  readonly upstreamModel: string;
  readonly http: UpstreamHttp;
  readonly clock: Clock;
  readonly span: Span;
  readonly signal: AbortSignal;
};

/** A POST of JSON that is answered in JSON. `spentMs`: what earlier calls of the attempt have used of its time. */
export function postJson(
  { provider, attempt, signal }: Pick<HttpCall, "provider" | "attempt" | "signal">,
  path: string,
  body: Uint8Array,
  spentMs: number,
  dialectHeaders: readonly string[] = [],
): AuthorizedCall | Promise<AuthorizedCall> {
  const timeouts = timeoutsOf(provider, attempt);
  const call: Omit<UpstreamCall, "headers"> = {
    origin: provider.origin,
    method: "POST",
    path,
    body,
    timeouts: { ...timeouts, totalMs: Math.max(1, Math.ceil(timeouts.totalMs - spentMs)) },
    firstByteMs: timeouts.firstTokenMs,
    signal,
  };
  const headers = [
    "content-type",
    "application/json",
    "accept",
    "application/json",
    "accept-encoding",
    "identity",
    "user-agent",
    "sluice",
    "content-length",
    String(body.length),
  ];
  return authorizedCall(provider, call, headers, dialectHeaders);
}

/** A path with the model's name, and the operation, put in. */
export function fillPath(path: string, model: string, operation = ""): string {
  return path.replace("{model}", () => encodeURIComponent(model)).replace("{operation}", () => operation);
}
