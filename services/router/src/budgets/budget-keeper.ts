import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { Budget } from "@sluice/api/sluice/policy/v1/budget";
import type { Demand, LeaseBook, Reservation as LeaseReservation } from "@sluice/leases";
import { worstCaseCost } from "@sluice/money";
import type { Clock } from "@sluice/runtime";
import type { GatewayRequest } from "../flow/gateway-request.ts";
import { type Refusal, refuse } from "../refusal.ts";
import { tokenBounds } from "../routing/output-bound.ts";
import { asksForServerTools } from "../routing/server-tools.ts";
import type { Deployment } from "../snapshot/snapshot-index.ts";
import type { Charge, RequestIdentity } from "../usage/attempt-record.ts";
import { applicableBudgets } from "./applicable-budgets.ts";
import type { LeaseSource } from "./lease-source.ts";

/** Money held for one attempt. */
export type Reservation = {
  /** The worst case that is held on every budget. Undefined: the model has no price, and no budget covers the request. */
  readonly amountNanos: bigint | undefined;
  readonly charges: readonly Charge[];
  /** Undefined: no budget covers the request. */
  readonly held: LeaseReservation | undefined;
};

export type ReserveOutcome =
  | { readonly kind: "reserved"; readonly reservation: Reservation }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export interface BudgetKeeper {
  /** Holds an attempt's worst case on every budget that covers it, all or nothing: from local leases at once, else when policy has granted more. */
  reserve(
    request: GatewayRequest,
    identity: RequestIdentity,
    budgets: readonly Budget[],
    deployment: Deployment,
  ): Promise<ReserveOutcome>;
  /** The actual cost takes the place of what was held. To be called once for each reservation. */
  settle(reservation: Reservation, actualNanos: bigint): void;
}

/** How long a request waits for money that others hold before it is refused. */
const contendedWaitMs = 1_000;

/** Reserves from the lease book and has `source` acquire what is missing. */
export function createBudgetKeeper(options: {
  readonly book: LeaseBook;
  readonly source: LeaseSource;
  readonly clock: Clock;
  /** Told when an attempt cost more than the worst case that was held for it. */
  readonly onOverrun: (budget: string, overdrawnNanos: bigint) => void;
}): BudgetKeeper {
  const { book, source, clock } = options;

  async function reserveFromLeases(demands: readonly Demand[], request: GatewayRequest): Promise<LeaseOutcome> {
    const deadlineMs = clock.monotonicMs() + contendedWaitMs;
    for (;;) {
      const local = book.reserve(demands, clock.now());
      if (local.kind === "reserved") return local;
      const remembered = source.recentRefusal(local.missing);
      if (remembered !== undefined && !remembered.contended) return { kind: "refused", refusal: remembered.refusal };
      const outcome = await source.acquire(local.missing, request.trace, request.signal);
      if (outcome.kind === "granted") continue;
      if (outcome.kind === "unavailable") return { kind: "refused", refusal: outcome.refusal };
      const leftMs = deadlineMs - clock.monotonicMs();
      if (!outcome.contended || leftMs <= 0 || request.signal.aborted)
        return { kind: "refused", refusal: outcome.refusal };
      await source.changed(Math.min(leftMs, outcome.retryAfterMs), request.signal);
    }
  }

  return {
    async reserve(request, identity, budgets, deployment) {
      const covering = applicableBudgets(budgets, {
        team: identity.team,
        key: identity.key,
        user: request.endUser,
        route: identity.route,
        model: deployment.name,
        provider: deployment.provider,
        tags: identity.tags,
      });
      const amountNanos = worstCaseOf(request, deployment);
      if (covering.length === 0) {
        return { kind: "reserved", reservation: { amountNanos, charges: [], held: undefined } };
      }
      if (amountNanos === undefined) {
        const names = covering.map((each) => each.budget).join(", ");
        const why =
          request.payload.kind === "forward"
            ? `what ${request.payload.path} costs cannot be bounded before it is asked: ask with a key that no budget covers`
            : `${deployment.name} has no price: declare its price under the provider's \`models\` in sluice.yaml`;
        const message = `budget ${names} covers the request and ${why}`;
        return { kind: "refused", refusal: refuse(ErrorReason.MODEL_UNPRICED, message, { parameter: "model" }) };
      }
      const outcome = await reserveFromLeases(
        covering.map((each) => ({ ...each, amountNanos })),
        request,
      );
      if (outcome.kind === "refused") return outcome;
      const held = outcome.reservation;
      const charges = held.holds.map((hold) => ({ budget: hold.budget, leaseId: hold.leaseId }));
      return { kind: "reserved", reservation: { amountNanos, charges, held } };
    },

    settle(reservation, actualNanos) {
      if (reservation.held === undefined) return;
      const outcome = book.settle(reservation.held, actualNanos);
      for (const overrun of outcome.overruns) options.onOverrun(overrun.budget, overrun.overdrawnNanos);
      source.settled(outcome.reportNow);
    },
  };
}

type LeaseOutcome =
  | { readonly kind: "reserved"; readonly reservation: LeaseReservation }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Web searches that are reckoned with where the provider may make some: more than any seen for one request; an overrun is told. */
const assumedWebSearches = 20;

function worstCaseOf(request: GatewayRequest, deployment: Deployment): bigint | undefined {
  if (request.payload.kind === "forward") return request.payload.free ? 0n : undefined;
  if (deployment.price === undefined) return undefined;
  const serverTools = asksForServerTools(request.payload);
  const bounds = tokenBounds(request.facts, deployment.model, serverTools);
  return worstCaseCost(
    {
      inputTokensAtMost: bounds.inputTokens,
      outputTokensAtMost: bounds.outputTokens,
      candidates: request.facts.candidateCount,
      webSearchRequestsAtMost: serverTools ? assumedWebSearches : 0,
    },
    deployment.price,
  );
}
