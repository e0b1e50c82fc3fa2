import { createHash } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Budget } from "@sluice/api/sluice/policy/v1/budget";
import {
  type CachePolicy,
  type Route,
  type Snapshot,
  type SnapshotKey,
  SnapshotKeySchema,
  SnapshotSchema,
} from "@sluice/api/sluice/policy/v1/snapshot";
import type { Team } from "@sluice/api/sluice/policy/v1/team";
import type { Catalogue } from "../catalogue/merge-catalogues.ts";
import type { KnownKey } from "../keys/known-key.ts";

/** Everything that a snapshot is made of. */
export interface SnapshotParts {
  readonly teams: readonly Team[];
  readonly keys: readonly KnownKey[];
  readonly routes: readonly Route[];
  readonly budgets: readonly Budget[];
  readonly cache: CachePolicy | undefined;
  readonly catalogue: Catalogue;
  readonly maxStalenessMs: number;
}

/** A snapshot whose version is made from its content alone: replicas that know the same make the same. */
export function buildSnapshot(parts: SnapshotParts, nowMs: number): Snapshot {
  const content = create(SnapshotSchema, {
    maxStaleness: durationFromMs(parts.maxStalenessMs),
    teams: [...parts.teams],
    keys: parts.keys.map(snapshotKeyOf),
    routes: [...parts.routes],
    models: [...parts.catalogue.models],
    openEndedProviders: [...parts.catalogue.openEndedProviders],
    budgets: [...parts.budgets],
    ...(parts.cache === undefined ? {} : { cache: parts.cache }),
  });
  const digest = createHash("sha256").update(toBinary(SnapshotSchema, content)).digest("hex");
  return { ...content, version: digest.slice(0, 32), createTime: timestampFromMs(nowMs) };
}

function snapshotKeyOf({ id, key, secretSha256 }: KnownKey): SnapshotKey {
  return create(SnapshotKeySchema, {
    id,
    secretSha256,
    team: key.team.slice("teams/".length),
    ...(key.expireTime === undefined ? {} : { expireTime: key.expireTime }),
    revoked: key.revokeTime !== undefined,
    // In order, because the order of a map is part of its encoding.
    tags: Object.fromEntries(Object.entries(key.tags).sort(([a], [b]) => (a < b ? -1 : 1))),
    captureRaw: key.captureRaw,
  });
}
