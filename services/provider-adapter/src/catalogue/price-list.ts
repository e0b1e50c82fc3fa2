import { findProvider, type ModelInfo } from "@pydantic/genai-prices";

/** What a price list says of the models of one provider. */
export type ListedProvider = {
  /** Where it comes from, for people: a package and its version, or an address. */
  readonly source: string;
  readonly models: readonly ModelInfo[];
};

/** What is known of models and their prices, by the id of their provider in the list. */
export type PriceList = ReadonlyMap<string, ListedProvider>;

/** The package that comes along and its version, as pinned in the workspace's catalogue. */
export const bundledSource = "@pydantic/genai-prices 0.1.8";

/** The price list that comes along, of the providers that are asked for. */
export function bundledPriceList(ids: Iterable<string>): PriceList {
  const list = new Map<string, ListedProvider>();
  for (const id of ids) {
    const models = findProvider({ providerId: id })?.models;
    if (models !== undefined) list.set(id, { source: bundledSource, models });
  }
  return list;
}
