import type { Client } from "@connectrpc/connect";
import type { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import type { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import type { CacheState } from "@sluice/api/sluice/usage/v1/usage_event";
import type { Clock } from "@sluice/runtime";
import type { Reservation } from "../../budgets/budget-keeper.ts";
import type { AnswerKeeper } from "../../cache/answer-cache.ts";
import type { Refusal } from "../../refusal.ts";
import type { Deployment } from "../../snapshot/snapshot-index.ts";
import type { RequestIdentity } from "../../usage/attempt-record.ts";
import type { Door } from "../door.ts";
import type { GatewayRequest } from "../gateway-request.ts";
import type { Report } from "../report.ts";

/** One call to one deployment. */
export type AttemptOrder = {
  readonly request: GatewayRequest;
  readonly identity: RequestIdentity;
  readonly deployment: Deployment;
  readonly reservation: Reservation;
  readonly parameterMode: ParameterMode;
  readonly captureRaw: boolean;
  readonly attemptId: string;
  readonly report: Report;
  readonly door: Door;
  readonly cacheState: CacheState;
  /** Takes the answer for the cache. Undefined: it is not to be kept. */
  readonly keep: AnswerKeeper | undefined;
};

/** `final`: no other attempt may follow, because part of an answer has left or the caller has. */
export type AttemptOutcome =
  | { readonly kind: "answered" }
  | { readonly kind: "failed"; readonly refusal: Refusal; readonly final: boolean };

export type Attempter = (order: AttemptOrder) => Promise<AttemptOutcome>;

/** What every kind of attempt is made with. */
export type AttemptTools = { readonly adapter: Client<typeof ProviderAdapterService>; readonly clock: Clock };

/** The deadline of a call to the adapter, which has its own, tighter ones for each phase: this one guards against a hung adapter. */
export const adapterTimeoutMs = 11 * 60_000;

/** What the adapter is told of an attempt. */
export function attemptOf(order: AttemptOrder) {
  return {
    attemptId: order.attemptId,
    requestId: order.identity.requestId,
    model: order.deployment.name,
    parameterMode: order.parameterMode,
    captureRaw: order.captureRaw,
    team: order.identity.team,
  };
}
