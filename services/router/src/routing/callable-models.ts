import type { Model } from "@sluice/api/sluice/provider/v1/model";
import type { SnapshotIndex } from "../snapshot/snapshot-index.ts";

export type CallableEntry = { readonly name: string; readonly deployments: readonly Model[]; readonly route: boolean };

/** The routes and models that a team may name, ordered by name. */
export function callableModels(index: SnapshotIndex, team: string): readonly CallableEntry[] {
  const routes = index.routes
    .filter((route) => index.mayCall(team, route.name))
    .map((route) => ({
      name: route.name,
      route: true,
      deployments: route.targets.flatMap((target) => index.deployment(target.model)?.model ?? []),
    }));
  const models = [...index.deployments.values()]
    .filter((deployment) => index.mayCall(team, deployment.name))
    .map((deployment) => ({ name: deployment.name, route: false, deployments: [deployment.model] }));
  return [...routes, ...models].sort(byName);
}

const byName = (a: CallableEntry, b: CallableEntry): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
