import { create } from "@bufbuild/protobuf";
import { ConfigSchema } from "@sluice/api/sluice/config/v1/config";
import { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { createClient, createDirectTransport, implement } from "@sluice/rpc";
import { silentLogger, systemClock } from "@sluice/runtime";
import type { FakeProvider } from "@sluice/testing/fake-provider/start";
import { createAdapterService } from "../src/adapter-service.ts";
import { buildProviders } from "../src/build-providers.ts";
import { describeProviders } from "../src/describe.ts";
import { createAdapterEvents } from "../src/events.ts";
import { createParameterKnowledge } from "../src/parameters/create-parameter-knowledge.ts";
import { createLearnedRules } from "../src/parameters/learned-rules.ts";
import type { ParameterKnowledge } from "../src/parameters/parameter-knowledge.ts";
import { createSimulator } from "../src/simulator/simulated-attempt.ts";
import { createUpstreamHttp } from "../src/upstream/upstream-http.ts";

/** An adapter whose providers `openai` and `anthropic` are the fake, called as the router calls it. */
export function startAdapter(
  fake: Pick<FakeProvider, "openaiBaseUrl" | "anthropicBaseUrl">,
  timeouts = {},
  parameters: ParameterKnowledge = rememberParameters(),
) {
  const apiKeys = ["sk-upstream-secret"];
  const config = create(ConfigSchema, {
    providers: [
      { name: "openai", kind: "openai", baseUrl: fake.openaiBaseUrl, apiKeys, timeouts },
      { name: "anthropic", kind: "anthropic", baseUrl: fake.anthropicBaseUrl, apiKeys, timeouts },
    ],
  });
  const { providers } = buildProviders(config, {}, systemClock);
  const models = new Map(
    [...providers.values()].flatMap((provider) => provider.models.map((each) => [each.name, each])),
  );
  const http = createUpstreamHttp();
  const service = createAdapterService({
    registry: {
      providers,
      description: describeProviders(providers),
      model: (name) => models.get(name),
      trouble: undefined,
    },
    http,
    parameters,
    simulator: createSimulator(systemClock),
    clock: systemClock,
  });
  const registrations = [implement(ProviderAdapterService, service)];
  const transport = createDirectTransport({ registrations, logger: silentLogger, serviceName: "test" });
  return { client: createClient(ProviderAdapterService, transport), close: () => http.close() };
}

/** What one adapter learns, in memory. */
export function rememberParameters(): ParameterKnowledge {
  const rules = createLearnedRules({ clock: systemClock, timeToLiveMs: 60_000, maxRules: 100 });
  return createParameterKnowledge({ rules, events: createAdapterEvents(silentLogger), keep: () => {} });
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
