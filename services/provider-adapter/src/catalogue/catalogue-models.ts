import { create } from "@bufbuild/protobuf";
import type { ModelInfo } from "@pydantic/genai-prices";
import { type Model, ModelSchema } from "@sluice/api/sluice/provider/v1/model";
import { chooseEndpoint } from "../kinds/choose-endpoint.ts";
import type { CatalogueSource } from "../kinds/provider-kind.ts";
import type { ResolvedEndpoint } from "../kinds/resolve-endpoints.ts";
import { cataloguePrice } from "./catalogue-price.ts";
import { abilitiesOf, isEmbeddingName } from "./model-abilities.ts";
import { callableName, namesOf } from "./model-names.ts";
import type { PriceList } from "./price-list.ts";

/** What is common to all models of a provider. */
export type ProviderPlace = {
  readonly name: string;
  readonly endpoints: readonly ResolvedEndpoint[];
  readonly region: string;
  readonly zeroRetention: boolean | undefined;
};

/** The models that the catalogue knows of a provider, with the prices in force at `now`. */
export function catalogueModels(
  sources: readonly CatalogueSource[],
  list: PriceList,
  place: ProviderPlace,
  now: Date,
): Model[] {
  const models = new Map<string, Model>();
  for (const source of sources) {
    const listed = list.get(source.id);
    for (const info of listed?.models ?? []) {
      if (source.models?.test(info.id) === false) continue;
      const model = modelOf(info, source, listed?.source ?? "", place, now);
      if (!models.has(model.name)) models.set(model.name, model);
    }
  }
  return [...models.values()];
}

function modelOf(
  info: ModelInfo,
  source: CatalogueSource,
  priceSource: string,
  place: ProviderPlace,
  now: Date,
): Model {
  const listed = callableName(info.id, info.match);
  const name = nameAt(source, listed);
  const aliases = [...new Set(aliasesAt(source, [info.id, ...namesOf(info.match)], listed))].filter(
    (alias) => alias !== name,
  );
  const can = abilitiesOf(info.id) ?? aliases.map(abilitiesOf).find((known) => known !== undefined);
  const embeds = isEmbeddingName(info.id);
  const price = cataloguePrice(info, now, priceSource, embeds);
  const contextWindow = info.context_window ?? can?.contextWindow;
  return create(ModelSchema, {
    name: `${place.name}/${name}`,
    provider: place.name,
    upstreamModel: name,
    dialect: embeds ? "" : (chooseEndpoint(place.endpoints, "", name)?.dialect ?? ""),
    region: place.region,
    displayName: info.name ?? "",
    aliases: aliases.slice(0, maxAliases),
    inputModalities: [...(can?.inputModalities ?? [])],
    outputModalities: embeds ? ["embedding"] : [...(can?.outputModalities ?? [])],
    capabilities: [...(can?.capabilities ?? [])],
    ...(contextWindow === undefined ? {} : { contextWindow }),
    ...(can?.maxOutputTokens === undefined || embeds ? {} : { maxOutputTokens: can.maxOutputTokens }),
    ...(price === undefined ? {} : { price }),
    ...(place.zeroRetention === undefined ? {} : { zeroRetention: place.zeroRetention }),
  });
}

const maxAliases = 256;

/** A listed name as this provider's callers write it. */
function nameAt(source: CatalogueSource, listed: string): string {
  const renamed = source.rename === undefined ? listed : listed.replace(source.rename.from, source.rename.to);
  return renamed + (source.suffix ?? "");
}

/** The list's id is no name where it is not the one that the model is called by. */
function aliasesAt(source: CatalogueSource, names: readonly string[], listed: string): readonly string[] {
  const [id, ...others] = names;
  const taken = id === listed ? others : others.filter((name) => name !== id);
  if (source.suffix !== undefined) {
    // A beginning says nothing of the end that the provider's names must have.
    return taken.filter((name) => !name.endsWith("*")).map((name) => nameAt(source, name));
  }
  const renamed = taken.map((name) => nameAt(source, name));
  return [...renamed, ...(source.aliasPrefixes ?? []).map((prefix) => prefix + nameAt(source, listed))];
}
