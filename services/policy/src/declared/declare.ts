import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { CacheConfig, Config, RouteConfig } from "@sluice/api/sluice/config/v1/config";
import type { Budget } from "@sluice/api/sluice/policy/v1/budget";
import {
  type CachePolicy,
  CachePolicySchema,
  CacheShare,
  type Route,
  RouteSchema,
  RouteStrategy,
} from "@sluice/api/sluice/policy/v1/snapshot";
import { Origin, type Team, TeamSchema } from "@sluice/api/sluice/policy/v1/team";
import { VirtualKeySchema } from "@sluice/api/sluice/policy/v1/virtual_key";
import { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import { parseExpiry } from "@sluice/config";
import { parseDuration } from "@sluice/runtime";
import type { KnownKey } from "../keys/known-key.ts";
import { digestSecret, hintOf } from "../keys/secret.ts";
import { budgetOf } from "./budget-of.ts";

/** What a configuration declares, in policy's own terms. Holds no secrets. */
export interface Declared {
  readonly teams: readonly Team[];
  readonly keys: readonly KnownKey[];
  readonly routes: readonly Route[];
  readonly budgets: readonly Budget[];
  /** The same, by id: the last part of a name. */
  readonly budgetById: ReadonlyMap<string, Budget>;
  readonly cache: CachePolicy | undefined;
}

/** Takes a configuration that was found valid. */
export function declare(config: Config): Declared {
  const budgets = config.budgets.map(budgetOf);
  return {
    teams: config.teams.map(({ name, models }) =>
      create(TeamSchema, { name: `teams/${name}`, models, origin: Origin.CONFIGURATION }),
    ),
    keys: config.keys.map((key) => {
      const expireMs = parseExpiry(key.expires);
      return {
        id: key.name,
        key: create(VirtualKeySchema, {
          name: `virtualKeys/${key.name}`,
          team: `teams/${key.team}`,
          hint: hintOf(key.secret),
          ...(expireMs === undefined ? {} : { expireTime: timestampFromMs(expireMs) }),
          tags: key.tags,
          captureRaw: key.capture === "raw",
          origin: Origin.CONFIGURATION,
        }),
        secretSha256: digestSecret(key.secret),
      };
    }),
    routes: config.routes.map(routeOf),
    budgets,
    budgetById: new Map(config.budgets.flatMap(({ name }, place) => (budgets[place] ? [[name, budgets[place]]] : []))),
    cache: config.cache && cacheOf(config.cache),
  };
}

const strategies: Readonly<Record<string, RouteStrategy>> = {
  "": RouteStrategy.PRIORITY,
  priority: RouteStrategy.PRIORITY,
  weighted: RouteStrategy.WEIGHTED,
  cheapest: RouteStrategy.CHEAPEST,
  fastest: RouteStrategy.FASTEST,
  least_busy: RouteStrategy.LEAST_BUSY,
  balanced: RouteStrategy.BALANCED,
};

const parameterModes: Readonly<Record<string, ParameterMode>> = {
  "": ParameterMode.ADAPT,
  adapt: ParameterMode.ADAPT,
  strict: ParameterMode.STRICT,
  passthrough: ParameterMode.PASSTHROUGH,
};

const defaultAttempts = 3;

function routeOf(config: RouteConfig): Route {
  return create(RouteSchema, {
    name: config.name,
    strategy: strategies[config.strategy] ?? RouteStrategy.PRIORITY,
    targets: config.targets.map(({ model, weight, when }) => ({ model, weight: weight ?? 1, when })),
    ...(config.retry === undefined
      ? {}
      : { retry: { attempts: config.retry.attempts ?? defaultAttempts, on: config.retry.on } }),
    parameterMode: parameterModes[config.parameters] ?? ParameterMode.ADAPT,
  });
}

const shares: Readonly<Record<string, CacheShare>> = {
  "": CacheShare.TEAM,
  key: CacheShare.KEY,
  team: CacheShare.TEAM,
  organization: CacheShare.ORGANIZATION,
};

function cacheOf(config: CacheConfig): CachePolicy {
  const ttlMs = config.exact === undefined ? undefined : parseDuration(config.exact.ttl);
  return create(CachePolicySchema, {
    ...(ttlMs === undefined ? {} : { exactTtl: durationFromMs(ttlMs) }),
    share: shares[config.share] ?? CacheShare.TEAM,
  });
}
