import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { DescribeResponseSchema } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { expect, it } from "vitest";
import { mergeCatalogues } from "./merge-catalogues.ts";

const describe = (init: MessageInitShape<typeof DescribeResponseSchema>) => create(DescribeResponseSchema, init);

it("takes a provider from the first adapter that has it, and orders by name", () => {
  const first = describe({
    models: [
      { name: "b/2", provider: "b" },
      { name: "b/1", provider: "b" },
    ],
    providers: [{ name: "b" }],
  });
  const second = describe({
    models: [
      { name: "b/3", provider: "b" },
      { name: "a/1", provider: "a" },
    ],
    providers: [
      { name: "a", openEnded: true },
      { name: "b", openEnded: true },
    ],
  });
  const { models, openEndedProviders } = mergeCatalogues([first, second]);
  expect(models.map(({ name }) => name)).toEqual(["a/1", "b/1", "b/2"]);
  expect(openEndedProviders).toEqual(["a"]);
});
