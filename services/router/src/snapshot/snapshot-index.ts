import { clone, create } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { Budget } from "@sluice/api/sluice/policy/v1/budget";
import { CacheShare, type Route, type Snapshot, type SnapshotKey } from "@sluice/api/sluice/policy/v1/snapshot";
import { type Model, ModelSchema } from "@sluice/api/sluice/provider/v1/model";
import { type CompiledPrice, compilePrice } from "@sluice/money";

/** A model that can be called, with its price ready for arithmetic. */
export type Deployment = {
  readonly model: Model;
  readonly name: string;
  readonly provider: string;
  /** Undefined: not known, so no budget can bound it. */
  readonly price: CompiledPrice | undefined;
};

export type CacheRules = { readonly exactTtlMs: number; readonly share: CacheShare };

/** A snapshot made ready for look-ups. Never changed: each new snapshot makes a new one. */
export type SnapshotIndex = {
  readonly version: string;
  readonly maxStalenessMs: number;
  readonly budgets: readonly Budget[];
  readonly routes: readonly Route[];
  readonly deployments: ReadonlyMap<string, Deployment>;
  /** Undefined: nothing is cached. */
  readonly cache: CacheRules | undefined;
  keyBySecret(sha256Base64: string): SnapshotKey | undefined;
  route(name: string): Route | undefined;
  /** A listed model, or one that an open-ended provider may have. */
  deployment(name: string): Deployment | undefined;
  /** Whether there is a provider of this name. */
  hasProvider(name: string): boolean;
  /** Whether a team may name this route or model. */
  mayCall(team: string, name: string): boolean;
};

export function indexSnapshot(snapshot: Snapshot): SnapshotIndex {
  const keys = new Map(snapshot.keys.map((key) => [Buffer.from(key.secretSha256).toString("base64"), key]));
  const routes = new Map(snapshot.routes.map((route) => [route.name, route]));
  const deployments = new Map(snapshot.models.map((model) => [model.name, createDeployment(model)]));
  const rights = new Map(snapshot.teams.map((team) => [team.name.slice("teams/".length), compileRights(team.models)]));
  const openEnded = new Set(snapshot.openEndedProviders);
  const unlisted = createUnlistedModels(snapshot.models, openEnded);
  const providers = new Set([...openEnded, ...snapshot.models.map((model) => model.provider)]);
  const ttl = snapshot.cache?.exactTtl;

  return {
    version: snapshot.version,
    maxStalenessMs: snapshot.maxStaleness === undefined ? 0 : durationMs(snapshot.maxStaleness),
    budgets: snapshot.budgets,
    routes: snapshot.routes,
    deployments,
    cache:
      snapshot.cache === undefined || ttl === undefined
        ? undefined
        : { exactTtlMs: durationMs(ttl), share: snapshot.cache.share || CacheShare.TEAM },
    keyBySecret: (sha256Base64) => keys.get(sha256Base64),
    route: (name) => routes.get(name),
    deployment: (name) => deployments.get(name) ?? unlisted(name),
    hasProvider: (name) => providers.has(name),
    mayCall: (team, name) => rights.get(team)?.(name) ?? false,
  };
}

function createDeployment(model: Model): Deployment {
  return {
    model,
    name: model.name,
    provider: model.provider,
    price: model.price === undefined ? undefined : compilePrice(model.price),
  };
}

/** No model is named so, and no store takes it. */
const unprintable = /\p{Cc}|\p{Cs}/u;

/** How many names of unlisted models are kept: callers choose them, so they are bounded. */
const maxUnlisted = 1000;

/**
 * Finds models by names that are not listed: another name of a listed one, at its price; or any name at an open-ended provider, of which
 * nothing is known.
 */
function createUnlistedModels(
  models: readonly Model[],
  openEnded: ReadonlySet<string>,
): (name: string) => Deployment | undefined {
  const exact = new Map<string, Model>();
  const beginnings = new Map<string, { readonly beginning: string; readonly model: Model }[]>();
  for (const model of models) {
    for (const alias of model.aliases) {
      if (alias.endsWith("*")) {
        const known = beginnings.get(model.provider) ?? [];
        known.push({ beginning: alias.slice(0, -1), model });
        beginnings.set(model.provider, known);
      } else exact.set(`${model.provider}/${alias}`, model);
    }
  }
  // The longest beginning is the nearest: `gpt-5-nano-` before `gpt-5-`.
  for (const known of beginnings.values()) known.sort((a, b) => b.beginning.length - a.beginning.length);
  const kept = new Map<string, Deployment>();

  return (name) => {
    const found = kept.get(name);
    if (found !== undefined) return found;
    const slash = name.indexOf("/");
    const provider = name.slice(0, Math.max(0, slash));
    const upstreamModel = name.slice(slash + 1);
    if (provider === "" || upstreamModel === "" || name.length > 256 || unprintable.test(name)) return undefined;
    const like =
      exact.get(name) ?? beginnings.get(provider)?.find((each) => upstreamModel.startsWith(each.beginning))?.model;
    if (like === undefined && !openEnded.has(provider)) return undefined;
    const model = like === undefined ? create(ModelSchema, { provider }) : clone(ModelSchema, like);
    const deployment = createDeployment(Object.assign(model, { name, upstreamModel, aliases: [] }));
    if (kept.size < maxUnlisted) kept.set(name, deployment);
    return deployment;
  };
}

/** `*` allows all, `openai/*` all of a provider, anything else itself. */
function compileRights(models: readonly string[]): (name: string) => boolean {
  if (models.includes("*")) return () => true;
  const exact = new Set(models);
  const prefixes = models.filter((model) => model.endsWith("/*")).map((model) => model.slice(0, -1));
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}
