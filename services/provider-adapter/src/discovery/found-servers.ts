import type { KindName } from "../kinds/kinds.ts";

/** Servers that answered on this machine, by their kind: what they list. */
export type FoundServers = ReadonlyMap<KindName, { readonly models: readonly string[] }>;
