import { clone, create, type DescMessage, equals, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import {
  BudgetConfigSchema,
  CacheConfigSchema,
  type Config,
  ConfigSchema,
  GuardrailConfigSchema,
  KeyConfigSchema,
  LimitConfigSchema,
  NotifyConfigSchema,
  ProviderConfigSchema,
  RouteConfigSchema,
  TeamConfigSchema,
} from "@sluice/api/sluice/config/v1/config";
import { type ConfigChange, ConfigChangeAction, ConfigChangeSchema } from "@sluice/api/sluice/config/v1/config_service";
import { digestSecret } from "../keys/secret.ts";

/** A copy in which every secret is replaced by its digest: enough to see that it changed. */
export function withoutSecrets(config: Config): Config {
  const copy = clone(ConfigSchema, config);
  for (const provider of copy.providers) {
    provider.apiKeys = provider.apiKeys.map(digestOf);
    if (provider.aws !== undefined) provider.aws.secretAccessKey = digestOf(provider.aws.secretAccessKey);
  }
  for (const key of copy.keys) key.secret = digestOf(key.secret);
  for (const notify of copy.notify) notify.webhook = digestOf(notify.webhook);
  return copy;
}

/** What becomes of the first by the second, by kind and name. What has no name goes by its place. */
export function findChanges(from: Config, to: Config): readonly ConfigChange[] {
  return [
    ...compare("provider", ProviderConfigSchema, from.providers, to.providers),
    ...compare("route", RouteConfigSchema, from.routes, to.routes),
    ...compare("team", TeamConfigSchema, from.teams, to.teams),
    ...compare("key", KeyConfigSchema, from.keys, to.keys),
    ...compare("budget", BudgetConfigSchema, from.budgets, to.budgets),
    ...compare("limit", LimitConfigSchema, from.limits, to.limits),
    ...compare("guardrail", GuardrailConfigSchema, from.guardrails, to.guardrails),
    ...compare("cache", CacheConfigSchema, from.cache ? [from.cache] : [], to.cache ? [to.cache] : [], () => "cache"),
    ...compare("notify", NotifyConfigSchema, from.notify, to.notify),
  ];
}

function compare<Desc extends DescMessage>(
  kind: string,
  schema: Desc,
  from: readonly MessageShape<Desc>[],
  to: readonly MessageShape<Desc>[],
  nameOf: (item: MessageShape<Desc>, place: number) => string = nameOrPlace,
): readonly ConfigChange[] {
  const before = new Map(from.map((item, place) => [nameOf(item, place), item]));
  const after = new Map(to.map((item, place) => [nameOf(item, place), item]));
  const changes: MessageInitShape<typeof ConfigChangeSchema>[] = [];
  for (const [name, item] of after) {
    const earlier = before.get(name);
    if (earlier === undefined) changes.push({ kind, name, action: ConfigChangeAction.ADD });
    else if (!equals(schema, earlier, item)) changes.push({ kind, name, action: ConfigChangeAction.CHANGE });
  }
  for (const name of before.keys()) {
    if (!after.has(name)) changes.push({ kind, name, action: ConfigChangeAction.REMOVE });
  }
  return changes.map((change) => create(ConfigChangeSchema, change));
}

function nameOrPlace(item: unknown, place: number): string {
  return typeof item === "object" && item !== null && "name" in item ? String(item.name) : String(place);
}

function digestOf(secret: string): string {
  return secret === "" ? "" : Buffer.from(digestSecret(secret)).toString("hex");
}
