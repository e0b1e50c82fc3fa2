import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "@sluice/runtime";
import type { Adapters } from "./catalogue/follow-adapters.ts";
import type { Configuration } from "./declared/configuration.ts";
import type { PolicyEvents } from "./events.ts";
import type { StoredState } from "./governance/follow-store.ts";
import { mergeKnown } from "./governance/merge-known.ts";
import { buildSnapshot } from "./snapshot/build-snapshot.ts";
import type { SnapshotPublisher } from "./snapshot/snapshot-publisher.ts";

/**
 * How long the first snapshot waits for adapters to tell their models. A snapshot without models would replace those that routers hold from
 * before, if policy and adapter start together.
 */
const catalogueGraceMs = 5_000;

/** Publishes a new snapshot whenever what it is made of changes. The first waits for the store, and a little for the adapters. */
export function keepSnapshot(options: {
  readonly configuration: Configuration;
  readonly store: StoredState;
  readonly adapters: Adapters;
  readonly publisher: SnapshotPublisher;
  readonly maxStalenessMs: number;
  readonly clock: Clock;
  readonly events: PolicyEvents;
}): { run(signal: AbortSignal): Promise<void> } {
  const { configuration, store, adapters, publisher, maxStalenessMs, clock, events } = options;
  let isPatient = true;
  const warned = new Set<string>();

  function rebuild(): void {
    if (store.stored === undefined || (isPatient && !adapters.isComplete)) return;
    const { declared } = configuration.inForce;
    const { teams, keys, shadowed } = mergeKnown(declared, store.stored);
    for (const name of shadowed) {
      if (!warned.has(name)) events.shadowed(name);
      warned.add(name);
    }
    const { routes, budgets, cache } = declared;
    const parts = { teams, keys, routes, budgets, cache, catalogue: adapters.catalogue, maxStalenessMs };
    const snapshot = buildSnapshot(parts, clock.now());
    if (publisher.publish(snapshot)) events.snapshotPublished(snapshot.version);
  }

  configuration.onChange(rebuild);
  store.onChange(rebuild);
  adapters.onChange(rebuild);
  return {
    async run(signal) {
      await sleep(catalogueGraceMs, undefined, { signal }).catch(() => undefined);
      isPatient = false;
      if (!signal.aborted) rebuild();
    },
  };
}
