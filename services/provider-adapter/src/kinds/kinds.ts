import { clouds } from "./clouds.ts";
import { compatible } from "./compatible.ts";
import { gateways } from "./gateways.ts";
import { inferenceHosts } from "./inference-hosts.ts";
import { localServers } from "./local-servers.ts";
import { modelMakers } from "./model-makers.ts";
import type { ProviderKind } from "./provider-kind.ts";

const table = { ...modelMakers, ...clouds, ...inferenceHosts, ...gateways, ...localServers, ...compatible } as const;

export type KindName = keyof typeof table;

/** Every kind of provider that is called over HTTP, by its name. */
export const kinds: Readonly<Record<KindName, ProviderKind>> = table;

export const kindNames = Object.keys(kinds) as readonly KindName[];

/** The parts of the price list that kinds are listed from. */
export const catalogueIds: ReadonlySet<string> = new Set(
  kindNames.flatMap((name) => kinds[name].catalogue.map(({ id }) => id)),
);

export function isKindName(name: string): name is KindName {
  return Object.hasOwn(kinds, name);
}
