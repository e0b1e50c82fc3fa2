import { create } from "@bufbuild/protobuf";
import { findProvider, type MatchLogic, type ModelInfo } from "@pydantic/genai-prices";
import { type Model, ModelSchema } from "@sluice/api/sluice/provider/v1/model";
import capabilityList from "../../catalogue/capabilities.json" with { type: "json" };
import { chooseEndpoint } from "../kinds/choose-endpoint.ts";
import type { CatalogueSource } from "../kinds/provider-kind.ts";
import type { ResolvedEndpoint } from "../kinds/resolve-endpoints.ts";
import { cataloguePrice } from "./catalogue-price.ts";

/** Where prices come from: the package and its version, as pinned in the workspace's catalogue. */
export const priceListSource = `@pydantic/genai-prices 0.1.8`;

type Capabilities = (typeof capabilityList.models)[number];

/** What is common to all models of a provider. */
export type ProviderPlace = {
  readonly name: string;
  readonly endpoints: readonly ResolvedEndpoint[];
  readonly region: string;
  readonly zeroRetention: boolean | undefined;
};

/** The models that the catalogue knows of a provider, with the prices in force at `now`. */
export function catalogueModels(sources: readonly CatalogueSource[], place: ProviderPlace, now: Date): Model[] {
  const models = new Map<string, Model>();
  for (const { id, models: wanted } of sources) {
    for (const info of findProvider({ providerId: id })?.models ?? []) {
      if (models.has(info.id) || wanted?.test(info.id) === false) continue;
      models.set(info.id, modelOf(info, id, place, now));
    }
  }
  return [...models.values()];
}

function modelOf(info: ModelInfo, catalogueId: string, place: ProviderPlace, now: Date): Model {
  const aliases = aliasesOf(info.match).filter((alias) => alias !== info.id);
  const can = capabilitiesOf(catalogueId, [info.id, ...aliases]);
  const price = cataloguePrice(info, now, priceListSource);
  const contextWindow = can?.context_window ?? info.context_window;
  return create(ModelSchema, {
    name: `${place.name}/${info.id}`,
    provider: place.name,
    upstreamModel: info.id,
    dialect: chooseEndpoint(place.endpoints, "", info.id)?.dialect ?? "",
    region: place.region,
    displayName: info.name ?? "",
    aliases,
    inputModalities: [...(can?.input_modalities ?? [])],
    capabilities: [...(can?.capabilities ?? [])],
    ...(contextWindow === undefined ? {} : { contextWindow }),
    ...(can === undefined ? {} : { maxOutputTokens: can.max_output_tokens }),
    ...(price === undefined ? {} : { price }),
    ...(place.zeroRetention === undefined ? {} : { zeroRetention: place.zeroRetention }),
  });
}

function capabilitiesOf(provider: string, names: readonly string[]): Capabilities | undefined {
  return capabilityList.models.find(
    (model) => model.provider === provider && model.names.some((name) => names.some((known) => covers(known, name))),
  );
}

const covers = (pattern: string, name: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

const maxAliases = 256;

/** The names that a rule of the price list takes: literal ones, and beginnings with `*` for the rest. */
function aliasesOf(match: MatchLogic): string[] {
  return [...new Set(namesOf(match))].slice(0, maxAliases);
}

function namesOf(match: MatchLogic): string[] {
  if ("or" in match) return match.or.flatMap(namesOf);
  if ("equals" in match) return [match.equals];
  if ("starts_with" in match) return [`${match.starts_with}*`];
  if ("regex" in match) {
    // Dated names: `^gpt-5\.6-\d{4}-...`. What stands before the first digit class is literal.
    const literal = /^\^((?:[\w-]|\\[.-])+)\\d/.exec(match.regex)?.[1];
    return literal === undefined ? [] : [`${literal.replaceAll("\\", "")}*`];
  }
  return [];
}
