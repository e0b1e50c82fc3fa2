import { create } from "@bufbuild/protobuf";
import { ConfigService } from "@sluice/api/sluice/config/v1/config_service";
import { GovernanceService } from "@sluice/api/sluice/policy/v1/governance_service";
import { PolicyService } from "@sluice/api/sluice/policy/v1/policy_service";
import {
  type DescribeResponse,
  DescribeResponseSchema,
  ProviderAdapterService,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { createPolicy, type Policy, readPolicySettings } from "@sluice/policy";
import { createPool, type Pool } from "@sluice/postgres";
import { type Client, Code, ConnectError, createClient, createDirectTransport, implement } from "@sluice/rpc";
import { type Clock, createLifecycle, type Lifecycle, silentLogger, systemClock, systemIds } from "@sluice/runtime";

/** A provider-adapter that only describes, for tests to change. */
export interface DescribingAdapter {
  readonly client: Client<typeof ProviderAdapterService>;
  /** Undefined: it cannot be reached. */
  description: DescribeResponse | undefined;
}

export function createDescribingAdapter(models: readonly string[]): DescribingAdapter {
  const unused = (): never => {
    throw new ConnectError("not served", Code.Unimplemented);
  };
  const adapter = { description: describe("1", models) as DescribeResponse | undefined };
  const registration = implement(ProviderAdapterService, {
    describe({ etag }) {
      if (adapter.description === undefined) throw new ConnectError("connection refused", Code.Unavailable);
      return etag === adapter.description.etag ? { etag } : adapter.description;
    },
    complete: unused,
    stream: unused,
    embed: unused,
    countTokens: unused,
    forward: unused,
  });
  const transport = createDirectTransport({ registrations: [registration], logger: silentLogger, serviceName: "test" });
  return Object.assign(adapter, { client: createClient(ProviderAdapterService, transport) });
}

/** What an adapter of one provider, `openai`, answers. */
export function describe(etag: string, models: readonly string[]): DescribeResponse {
  return create(DescribeResponseSchema, {
    etag,
    models: models.map((model) => ({ name: `openai/${model}`, provider: "openai", upstreamModel: model })),
    providers: [{ name: "openai", kind: "openai", openEnded: true }],
  });
}

/** Policy as it runs in a process, called over the direct transport. */
export interface PolicyProcess extends AsyncDisposable {
  readonly policy: Client<typeof PolicyService>;
  readonly governance: Client<typeof GovernanceService>;
  readonly config: Client<typeof ConfigService>;
  readonly bootstrapKey: Policy["bootstrapKey"];
  readonly lifecycle: Lifecycle;
  readonly pool: Pool;
}

export interface PolicyProcessOptions {
  readonly databaseUrl: string;
  readonly configPath?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly adapter?: DescribingAdapter;
  readonly clock?: Clock;
  readonly leaseTtl?: string;
}

export function startPolicy(options: PolicyProcessOptions): PolicyProcess {
  const { databaseUrl, configPath, env = {}, adapter = createDescribingAdapter(["gpt-5.5"]) } = options;
  const lifecycle = createLifecycle({ logger: silentLogger, ownsProcess: false });
  const pool = lifecycle.use(
    "postgres",
    createPool({ url: databaseUrl, applicationName: "policy", connectTimeoutMs: 500 }),
  );
  const policy = createPolicy({
    settings: readPolicySettings({
      ...(configPath === undefined ? {} : { SLUICE_CONFIG: configPath }),
      ...(options.leaseTtl === undefined ? {} : { SLUICE_LEASE_TTL: options.leaseTtl }),
    }),
    env,
    pool,
    adapters: [adapter.client],
    lifecycle,
    logger: silentLogger,
    clock: options.clock ?? systemClock,
    ids: systemIds,
  });
  lifecycle.ready();
  const registrations = Object.values(policy.services);
  const transport = createDirectTransport({ registrations, logger: silentLogger, serviceName: "test" });
  return {
    policy: createClient(PolicyService, transport),
    governance: createClient(GovernanceService, transport),
    config: createClient(ConfigService, transport),
    bootstrapKey: policy.bootstrapKey,
    lifecycle,
    pool,
    [Symbol.asyncDispose]: () => lifecycle.drain("test"),
  };
}
