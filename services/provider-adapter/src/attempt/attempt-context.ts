import type { Attempt } from "@sluice/api/sluice/provider/v1/attempt";
import type { Model } from "@sluice/api/sluice/provider/v1/model";
import type { Clock, Span } from "@sluice/runtime";
import type { ResolvedEndpoint } from "../kinds/resolve-endpoints.ts";
import type { ParameterKnowledge } from "../parameters/parameter-knowledge.ts";
import type { HttpProvider } from "../provider.ts";
import type { UpstreamHttp } from "../upstream/upstream-http.ts";
import { fallbackMaxOutputTokens } from "./translate.ts";

/** An attempt at a provider that is called over HTTP, with what it takes to make it. */
export type HttpAttempt = {
  readonly attempt: Attempt;
  readonly provider: HttpProvider;
  readonly endpoint: ResolvedEndpoint;
  /** The provider's name of the model. */
  readonly upstreamModel: string;
  /** Undefined: the catalogue does not know the model. */
  readonly model: Model | undefined;
  readonly http: UpstreamHttp;
  readonly parameters: ParameterKnowledge;
  readonly clock: Clock;
  /** The span of the provider's call. */
  readonly span: Span;
  readonly signal: AbortSignal;
};

export function defaultMaxOutputTokens(model: Model | undefined): number {
  return model?.maxOutputTokens ?? fallbackMaxOutputTokens;
}

export function microsSince(startMs: number, clock: Clock): bigint {
  return BigInt(Math.max(0, Math.round((clock.monotonicMs() - startMs) * 1000)));
}
