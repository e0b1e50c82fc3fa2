import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Origin, type Team, TeamSchema } from "@sluice/api/sluice/policy/v1/team";
import { VirtualKeySchema } from "@sluice/api/sluice/policy/v1/virtual_key";
import type { KnownKey } from "../keys/known-key.ts";
import type { StoredTeam } from "../store/teams.ts";
import type { StoredKey } from "../store/virtual-keys.ts";

/** All teams and keys, by name. */
export interface Known {
  readonly teams: readonly Team[];
  readonly keys: readonly KnownKey[];
  /** Names that the file and the store both have. The file's are those above. */
  readonly shadowed: readonly string[];
}

/** Puts together what the file declares and what the store holds. Where both have a name, the file's holds. */
export function mergeKnown(
  declared: Pick<Known, "teams" | "keys">,
  stored: { readonly teams: readonly StoredTeam[]; readonly keys: readonly StoredKey[] },
): Known {
  const teams = merge(declared.teams, stored.teams.map(teamOf), ({ name }) => name);
  const keys = merge(declared.keys, stored.keys.map(keyOf), ({ key }) => key.name);
  return { teams: teams.items, keys: keys.items, shadowed: [...teams.shadowed, ...keys.shadowed] };
}

function merge<Item>(
  declared: readonly Item[],
  stored: readonly Item[],
  nameOf: (item: Item) => string,
): { readonly items: readonly Item[]; readonly shadowed: readonly string[] } {
  const items = new Map(stored.map((item) => [nameOf(item), item]));
  const shadowed = declared.map(nameOf).filter((name) => items.has(name));
  for (const item of declared) items.set(nameOf(item), item);
  return { items: [...items.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)), shadowed };
}

export function teamOf(team: StoredTeam): Team {
  return create(TeamSchema, {
    name: `teams/${team.id}`,
    models: [...team.models],
    createTime: timestampFromMs(team.createMs),
    updateTime: timestampFromMs(team.updateMs),
    origin: Origin.API,
  });
}

export function keyOf(key: StoredKey): KnownKey {
  return {
    id: key.id,
    key: create(VirtualKeySchema, {
      name: `virtualKeys/${key.id}`,
      team: `teams/${key.team}`,
      hint: key.hint,
      createTime: timestampFromMs(key.createMs),
      ...(key.expireMs === undefined ? {} : { expireTime: timestampFromMs(key.expireMs) }),
      ...(key.revokeMs === undefined ? {} : { revokeTime: timestampFromMs(key.revokeMs) }),
      tags: { ...key.tags },
      captureRaw: key.captureRaw,
      origin: Origin.API,
    }),
    secretSha256: key.secretSha256,
  };
}
