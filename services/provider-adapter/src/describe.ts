import { hash } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type DescribeResponse,
  DescribeResponseSchema,
  ProviderSchema,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { dialects } from "@sluice/dialects";
import type { Provider } from "./provider.ts";

/** What the adapter can do, with an etag made from its content. */
export function describeProviders(providers: ReadonlyMap<string, Provider>): DescribeResponse {
  const sorted = [...providers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const description = create(DescribeResponseSchema, {
    models: sorted.flatMap((provider) => provider.models).sort((a, b) => (a.name < b.name ? -1 : 1)),
    dialects: Object.keys(dialects).sort(),
    providers: sorted.map((provider) =>
      create(ProviderSchema, {
        name: provider.name,
        kind: provider.kindName,
        region: provider.region,
        openEnded: provider.openEnded,
        dialect: provider.dialect,
        forwardPaths: provider.via === "http" ? provider.forwards.map((forward) => forward.path) : [],
        ...(provider.zeroRetention === undefined ? {} : { zeroRetention: provider.zeroRetention }),
      }),
    ),
  });
  description.etag = hash("sha256", toBinary(DescribeResponseSchema, description)).slice(0, 32);
  return description;
}
