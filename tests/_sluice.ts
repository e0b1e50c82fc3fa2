import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { BillingService } from "@sluice/api/sluice/billing/v1/billing_service";
import type { LedgerEntry } from "@sluice/api/sluice/billing/v1/ledger_entry";
import { GovernanceService } from "@sluice/api/sluice/policy/v1/governance_service";
import { ProviderOperationsService } from "@sluice/api/sluice/provider/v1/provider_operations_service";
import type { NatsServer } from "@sluice/events";
import { findFreePort } from "@sluice/runtime/free-ports";
import { createTestDatabase, startTestNats } from "@sluice/testing";
import { startMesh } from "@sluice/tools/mesh";
import { type ServiceProcess, startServiceProcess } from "@sluice/tools/service-process";
import type { SluiceConfig } from "./_config.ts";

/** A whole Sluice, as real processes of this machine, with a database and a data folder of its own. */
export interface Sluice extends AsyncDisposable {
  /** Where clients call: the only process, or the first router. */
  readonly url: string;
  readonly adminToken: string;
  readonly governance: Client<typeof GovernanceService>;
  readonly billing: Client<typeof BillingService>;
  readonly operations: Client<typeof ProviderOperationsService>;
  readonly dataDir: string;
  /** `standalone`, or `router`, `router-2`, `policy`, `cache`, `billing` and `provider-adapter`: to kill and restart. */
  readonly services: Readonly<Record<string, ServiceProcess>>;
  /** The mesh's nats-server, to kill and restart. Undefined: all is one process. */
  readonly nats: NatsServer | undefined;
  /** Writes another configuration, which Sluice is to take by itself. */
  configure(config: SluiceConfig): void;
  /** The end of what the processes have written, for a failing test to show. */
  readonly output: string;
  /** Resolves with the ledger's entries of a request once `enough` is true of them. */
  ledgerOf(
    requestId: string,
    enough?: (entries: readonly LedgerEntry[]) => boolean,
    timeoutMs?: number,
  ): Promise<readonly LedgerEntry[]>;
  /** What the ledger holds in all. */
  spend(): Promise<{ readonly costNanos: bigint; readonly attempts: bigint; readonly requests: bigint }>;
  stop(): Promise<void>;
}

export type StartOptions = {
  readonly config: SluiceConfig;
  readonly env?: Readonly<Record<string, string>>;
  /** A mesh's routers. Default 1. */
  readonly routers?: number;
};

const adminToken = "sluice-admin-of-the-system-tests";
const readyTimeoutMs = 60_000;
const keptOutput = 20_000;

/** Nothing of the developer's own providers, databases and collectors. */
const cleanEnv: Readonly<Record<string, undefined>> = {
  OPENAI_API_KEY: undefined,
  OPENAI_BASE_URL: undefined,
  ANTHROPIC_API_KEY: undefined,
  ANTHROPIC_BASE_URL: undefined,
  OTEL_EXPORTER_OTLP_ENDPOINT: undefined,
  SLUICE_HOST: undefined,
  SLUICE_MESH_SECRET: undefined,
};

/** Sluice whole in one process. */
export async function startStandalone(options: StartOptions): Promise<Sluice> {
  const place = createPlace(options.config);
  const database = await createTestDatabase();
  const port = await findFreePort();
  const standalone = startServiceProcess({
    name: "standalone",
    service: "standalone",
    url: `http://127.0.0.1:${port}`,
    env: {
      ...cleanEnv,
      DATABASE_URL: database.url,
      SLUICE_PORT: String(port),
      SLUICE_DATA_DIR: place.dataDir,
      SLUICE_CONFIG: place.configPath,
      SLUICE_ADMIN_TOKEN: adminToken,
      ...options.env,
    },
    output: place.write,
  });
  const stop = async () => {
    await standalone.stop();
    await database.drop();
    place.remove();
  };
  await standalone.whenReady(readyTimeoutMs).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return createSluice({
    place,
    services: { standalone },
    policy: standalone,
    billing: standalone,
    adapter: standalone,
    nats: undefined,
    stop,
  });
}

/** Sluice as five services or more, on a nats-server of its own. */
export async function startMeshSluice(options: StartOptions): Promise<Sluice> {
  const place = createPlace(options.config);
  const [database, nats] = await Promise.all([createTestDatabase(), startTestNats()]);
  const remove = async () => {
    await Promise.all([database.drop(), nats[Symbol.asyncDispose]()]);
    place.remove();
  };
  const mesh = await startMesh({
    dataDir: place.dataDir,
    toolsDir: join(place.dataDir, "tools"),
    port: 0,
    routers: options.routers ?? 1,
    adminToken,
    env: {
      ...cleanEnv,
      DATABASE_URL: database.url,
      NATS_URL: nats.url,
      SLUICE_CONFIG: place.configPath,
      ...options.env,
    },
    output: (name, text) => place.write(`[${name}] ${text}`),
  }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const { policy, billing, "provider-adapter": adapter } = mesh.services;
  if (policy === undefined || billing === undefined || adapter === undefined) {
    throw new Error("the mesh lacks a service");
  }
  const stop = async () => {
    await mesh.stop();
    await remove();
  };
  return createSluice({ place, services: mesh.services, policy, billing, adapter, nats, stop });
}

/** Both ways to run, for suites that hold for either. */
export const waysToRun = [
  ["standalone", startStandalone],
  ["mesh", startMeshSluice],
] as const;

type Place = ReturnType<typeof createPlace>;

/** The data folder with the configuration in it. */
function createPlace(config: SluiceConfig) {
  const dataDir = mkdtempSync(join(tmpdir(), "sluice-system-"));
  const configPath = join(dataDir, "sluice.yaml");
  let output = "";
  // Every JSON text is YAML.
  const configure = (next: SluiceConfig) => writeFileSync(configPath, JSON.stringify(next, null, 2));
  configure(config);
  return {
    dataDir,
    configPath,
    configure,
    write(text: string) {
      output = (output + text).slice(-keptOutput);
    },
    get output() {
      return output;
    },
    remove: () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

function createSluice(options: {
  readonly place: Place;
  readonly services: Readonly<Record<string, ServiceProcess>>;
  readonly policy: ServiceProcess;
  readonly billing: ServiceProcess;
  readonly adapter: ServiceProcess;
  readonly nats: NatsServer | undefined;
  readonly stop: () => Promise<void>;
}): Sluice {
  const { place, services } = options;
  const door = services["standalone"] ?? services["router"];
  if (door === undefined) throw new Error("there is no router");
  const asAdmin: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${adminToken}`);
    return next(request);
  };
  const adminTransport = ({ url }: ServiceProcess) =>
    createConnectTransport({
      baseUrl: url,
      httpVersion: "1.1",
      interceptors: [asAdmin],
      defaultTimeoutMs: 10_000,
    });
  const billing = createClient(BillingService, adminTransport(options.billing));
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= options.stop();
    return stopping;
  };

  return {
    url: door.url,
    adminToken,
    governance: createClient(GovernanceService, adminTransport(options.policy)),
    billing,
    operations: createClient(ProviderOperationsService, adminTransport(options.adapter)),
    dataDir: place.dataDir,
    services,
    nats: options.nats,
    configure: place.configure,
    get output() {
      return place.output;
    },
    ledgerOf(requestId, enough = (entries) => entries.length > 0, timeoutMs = 10_000) {
      return eventually(
        async () => (await billing.listLedgerEntries({ requestId })).entries,
        (entries) => enough(entries),
        { timeoutMs, what: `ledger entries of ${requestId}` },
      );
    },
    async spend() {
      const [row] = (await billing.querySpend({})).rows;
      return { costNanos: row?.cost?.usdNanos ?? 0n, attempts: row?.attempts ?? 0n, requests: row?.requests ?? 0n };
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Asks again and again until the answer is right. Throws with the last one when the time is over. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isRight: (answer: T) => boolean,
  { timeoutMs = 5_000, everyMs = 25, what = "it" } = {},
): Promise<T> {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (Date.now() > deadlineMs) throw new Error(`${what} was not as expected within ${timeoutMs} ms: ${show(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner) => (typeof inner === "bigint" ? `${inner}n` : inner));
  return (text ?? String(value)).slice(0, 2_000);
}
