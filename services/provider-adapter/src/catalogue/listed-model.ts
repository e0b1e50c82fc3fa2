import { create } from "@bufbuild/protobuf";
import { type Model, ModelSchema } from "@sluice/api/sluice/provider/v1/model";
import { chooseEndpoint } from "../kinds/choose-endpoint.ts";
import type { ProviderPlace } from "./catalogue-models.ts";
import { abilitiesOf, isEmbeddingName } from "./model-abilities.ts";

/** A model that a server lists by its name alone, with what is known of models of that name. It has no price. */
export function listedModel(name: string, place: ProviderPlace): Model {
  const can = abilitiesOf(name);
  const embeds = isEmbeddingName(name);
  return create(ModelSchema, {
    name: `${place.name}/${name}`,
    provider: place.name,
    upstreamModel: name,
    dialect: embeds ? "" : (chooseEndpoint(place.endpoints, "", name)?.dialect ?? ""),
    region: place.region,
    inputModalities: [...(can?.inputModalities ?? [])],
    outputModalities: embeds ? ["embedding"] : [...(can?.outputModalities ?? [])],
    capabilities: [...(can?.capabilities ?? [])],
    ...(place.zeroRetention === undefined ? {} : { zeroRetention: place.zeroRetention }),
  });
}
