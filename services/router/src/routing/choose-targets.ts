import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import type { RequestFacts } from "@sluice/dialects";
import { type Refusal, refuse } from "../refusal.ts";
import type { Deployment, SnapshotIndex } from "../snapshot/snapshot-index.ts";
import { defaultRetryPlan, type RetryPlan, readRetryPlan } from "./retry-plan.ts";

/** The deployments to try, in order, and how long to go on. */
export type Plan = {
  /** The route that was named. Empty: a model was named. */
  readonly route: string;
  readonly targets: readonly Deployment[];
  readonly retry: RetryPlan;
  readonly parameterMode: ParameterMode;
};

export type Choice =
  | { readonly kind: "chosen"; readonly plan: Plan }
  | { readonly kind: "refused"; readonly refusal: Refusal };

const refused = (reason: ErrorReason, message: string): Choice => ({
  kind: "refused",
  refusal: refuse(reason, message, { parameter: "model" }),
});

/** Finds what stands behind the name in a request's `model` and keeps what can serve it. Pure. */
export function chooseTargets(index: SnapshotIndex, team: string, facts: RequestFacts): Choice {
  const name = facts.model;
  const route = index.route(name);
  const named = route === undefined ? index.deployment(name) : undefined;
  if (route === undefined && named === undefined) {
    return refused(
      ErrorReason.MODEL_NOT_FOUND,
      `no route or model is named \`${quoteName(name)}\`: GET /v1/models lists what this key may call`,
    );
  }
  if (!index.mayCall(team, name)) {
    return refused(ErrorReason.MODEL_NOT_ALLOWED, `team ${team} may not call \`${quoteName(name)}\``);
  }
  if (route === undefined) {
    const targets = named === undefined ? [] : [named];
    return {
      kind: "chosen",
      plan: { route: "", targets, retry: defaultRetryPlan, parameterMode: ParameterMode.ADAPT },
    };
  }

  const dropped: string[] = [];
  const targets: Deployment[] = [];
  for (const target of route.targets) {
    const deployment = index.deployment(target.model);
    const missing =
      deployment === undefined ? undefined : facts.inputModalities.find((kind) => lacks(deployment, kind));
    if (deployment === undefined) dropped.push(`${target.model} is not known`);
    else if (missing !== undefined) dropped.push(`${target.model} takes no ${missing}`);
    else targets.push(deployment);
  }
  if (targets.length === 0) {
    return refused(ErrorReason.NO_TARGET, `no target of route ${name} can serve the request: ${dropped.join("; ")}`);
  }
  return {
    kind: "chosen",
    plan: {
      route: name,
      targets,
      retry: readRetryPlan(route.retry),
      parameterMode: route.parameterMode || ParameterMode.ADAPT,
    },
  };
}

/** Whether the catalogue knows the deployment's kinds of input and this is none of them. */
function lacks(deployment: Deployment, kind: string): boolean {
  const known = deployment.model.inputModalities;
  return known.length > 0 && !known.includes(kind);
}

/** A name that a caller chose, fit for a message. */
function quoteName(name: string): string {
  return name.length <= 100 ? name : `${name.slice(0, 100)}…`;
}
