import { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { createClient, createDirectTransport, implement } from "@sluice/rpc";
import { silentLogger, systemClock } from "@sluice/runtime";
import { createAdapterService } from "../src/adapter-service.ts";
import { describeProviders } from "../src/describe.ts";
import { kinds } from "../src/kinds/kinds.ts";
import type { EmbeddingEndpoint } from "../src/kinds/provider-kind.ts";
import type { ResolvedCounting } from "../src/kinds/resolve-endpoints.ts";
import type { HttpProvider, Provider } from "../src/provider.ts";
import { createSimulator } from "../src/simulator/simulated-attempt.ts";
import { defaultTimeouts } from "../src/timeouts.ts";
import { createUpstreamHttp } from "../src/upstream/upstream-http.ts";

type Init = {
  readonly embeddings?: readonly EmbeddingEndpoint[];
  readonly counting?: readonly ResolvedCounting[];
  readonly credentials?: HttpProvider["credentials"];
};

/** A provider at an address, with these endpoints and no more. */
export function createProvider(name: string, url: string, init: Init): HttpProvider {
  const headers = ["authorization", "Bearer sk-upstream-secret", "x-goog-api-key", "sk-upstream-secret"];
  return {
    via: "http",
    name,
    kindName: "openai",
    kind: kinds.openai,
    dialect: "",
    origin: new URL(url).origin,
    basePath: "",
    endpoints: [],
    embeddings: init.embeddings ?? [],
    counting: init.counting ?? [],
    forwards: [],
    headers: [],
    credentials: init.credentials ?? {
      authorize: () => ({ kind: "authorized", headers: [...headers, "x-api-key", "sk-upstream-secret"], refused() {} }),
    },
    timeouts: { ...defaultTimeouts, totalMs: 3_000 },
    region: "",
    zeroRetention: undefined,
    openEnded: true,
    models: [],
  };
}

/** An adapter with these providers and the simulator, called as the router calls it. */
export function serveProviders(...given: readonly HttpProvider[]) {
  const simulator: Provider = {
    via: "simulator",
    name: "simulator",
    kindName: "simulator",
    region: "",
    zeroRetention: true,
    openEnded: false,
    dialect: "",
    models: [],
  };
  const providers = new Map<string, Provider>([simulator, ...given].map((provider) => [provider.name, provider]));
  const http = createUpstreamHttp();
  const service = createAdapterService({
    registry: { providers, description: describeProviders(providers), model: () => undefined, trouble: undefined },
    http,
    parameters: { rulesFor: () => [], learn() {}, repaired() {} },
    capture: {
      exchanges: { keep() {}, list: async () => [] },
      clock: systemClock,
      maxBodyBytes: 1_024,
    },
    simulator: createSimulator(systemClock),
    clock: systemClock,
  });
  const registrations = [implement(ProviderAdapterService, service)];
  const transport = createDirectTransport({ registrations, logger: silentLogger, serviceName: "test" });
  return { client: createClient(ProviderAdapterService, transport), close: () => http.close() };
}
