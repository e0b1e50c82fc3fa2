import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ConfigSchema, type ProviderConfigSchema } from "@sluice/api/sluice/config/v1/config";
import { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { ProviderOperationsService } from "@sluice/api/sluice/provider/v1/provider_operations_service";
import type { Pool } from "@sluice/postgres";
import { createClient, createDirectTransport, implement } from "@sluice/rpc";
import { createLifecycle, silentLogger, systemClock } from "@sluice/runtime";
import type { FakeProvider } from "@sluice/testing/fake-provider/start";
import { createAdapterService } from "../src/adapter-service.ts";
import { buildProviders } from "../src/build-providers.ts";
import { bundledPriceList } from "../src/catalogue/price-list.ts";
import { describeProviders } from "../src/describe.ts";
import { createAdapterEvents } from "../src/events.ts";
import { keepKnowledge } from "../src/keep-knowledge.ts";
import { catalogueIds } from "../src/kinds/kinds.ts";
import { createOperationsService } from "../src/operations-service.ts";
import { createSimulator } from "../src/simulator/simulated-attempt.ts";
import { createUpstreamHttp } from "../src/upstream/upstream-http.ts";

/** An adapter whose providers `openai` and `anthropic` are the fake, and `more`, called as the router calls it. */
export function startAdapter(
  fake: Pick<FakeProvider, "openaiBaseUrl" | "anthropicBaseUrl">,
  timeouts = {},
  { pool, more = [] }: { readonly pool?: Pool; readonly more?: MessageInitShape<typeof ProviderConfigSchema>[] } = {},
) {
  const apiKeys = ["sk-upstream-secret"];
  const config = create(ConfigSchema, {
    providers: [
      { name: "openai", kind: "openai", baseUrl: fake.openaiBaseUrl, apiKeys, timeouts },
      { name: "anthropic", kind: "anthropic", baseUrl: fake.anthropicBaseUrl, apiKeys, timeouts },
      ...more,
    ],
  });
  const { providers } = buildProviders({
    config,
    env: {},
    clock: systemClock,
    prices: bundledPriceList(catalogueIds),
    found: new Map(),
    credentials: new Map(),
  });
  const models = new Map(
    [...providers.values()].flatMap((provider) => provider.models.map((each) => [each.name, each])),
  );
  const http = createUpstreamHttp();
  const lifecycle = createLifecycle({ logger: silentLogger, ownsProcess: false });
  const events = createAdapterEvents(silentLogger);
  const kept = keepKnowledge({
    pool,
    config: { learnedRulesTtl: 60_000, rawExchangesTtl: 60_000 },
    lifecycle,
    events,
    clock: systemClock,
  });
  const service = createAdapterService({
    registry: {
      providers,
      description: describeProviders(providers),
      model: (name) => models.get(name),
      trouble: undefined,
    },
    http,
    parameters: kept.parameters,
    capture: { exchanges: kept.exchanges, clock: systemClock, maxBodyBytes: 4_096 },
    simulator: createSimulator(systemClock),
    clock: systemClock,
  });
  const operations = createOperationsService({ ...kept, events });
  const registrations = [implement(ProviderAdapterService, service), implement(ProviderOperationsService, operations)];
  const transport = createDirectTransport({ registrations, logger: silentLogger, serviceName: "test" });
  return {
    client: createClient(ProviderAdapterService, transport),
    operations: createClient(ProviderOperationsService, transport),
    async close() {
      await lifecycle.drain("the test is over");
      await http.close();
    },
  };
}

export function attempt(model: string) {
  return { attemptId: "a-1", requestId: "r-1", model };
}

export function openaiBody(body: object) {
  return { case: "body" as const, value: { dialect: "openai.chat", body: Buffer.from(JSON.stringify(body)) } };
}

export function anthropicBody(body: object, headers: Record<string, string> = {}) {
  return {
    case: "body" as const,
    value: { dialect: "anthropic.messages", body: Buffer.from(JSON.stringify(body)), headers },
  };
}
