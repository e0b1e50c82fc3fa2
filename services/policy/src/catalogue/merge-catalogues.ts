import type { Model } from "@sluice/api/sluice/provider/v1/model";
import type { DescribeResponse } from "@sluice/api/sluice/provider/v1/provider_adapter_service";

/** What can be called. */
export interface Catalogue {
  readonly models: readonly Model[];
  /** Providers that take models beyond those, by name. */
  readonly openEndedProviders: readonly string[];
}

/** Puts together what adapters describe. Where two have a model or provider of one name, the first adapter's holds. Ordered by name. */
export function mergeCatalogues(described: readonly DescribeResponse[]): Catalogue {
  const models = new Map<string, Model>();
  const providers = new Map<string, boolean>();
  for (const { models: own, providers: ownProviders } of described) {
    const earlier = new Set(providers.keys());
    for (const provider of ownProviders) {
      if (!earlier.has(provider.name)) providers.set(provider.name, provider.openEnded);
    }
    for (const model of own) {
      if (!earlier.has(model.provider) && !models.has(model.name)) models.set(model.name, model);
    }
  }
  return {
    models: [...models.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    openEndedProviders: [...providers].flatMap(([name, openEnded]) => (openEnded ? [name] : [])).sort(),
  };
}
