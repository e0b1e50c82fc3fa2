import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type NatsServer, obtainNatsServer, startNatsServer } from "@sluice/events";
import { type EmbeddedPostgres, startPostgres } from "@sluice/postgres";
import { findFreePorts } from "@sluice/runtime/free-ports";
import { type ServiceProcess, startServiceProcess } from "./service-process.ts";

export type MeshOptions = {
  readonly dataDir: string;
  readonly toolsDir: string;
  /** The first router's port. 0: free ones for all. Otherwise the other services take the ports after it. */
  readonly port: number;
  /** How many routers, each with a data folder of its own. Default 1. */
  readonly routers?: number;
  readonly adminToken: string;
  /** The environment for all services: `SLUICE_CONFIG`, the providers' variables, `OTEL_*`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nodeOptions?: readonly string[];
  /** What the processes write, by name. */
  readonly output: (name: string, text: string) => void;
};

export interface Mesh {
  /** By name: `router`, `router-2`, `policy`, `cache`, `billing`, `provider-adapter`. */
  readonly services: Readonly<Record<string, ServiceProcess>>;
  readonly databaseUrl: string;
  readonly natsUrl: string;
  /** Undefined: NATS_URL names one. */
  readonly nats: NatsServer | undefined;
  /** Undefined: DATABASE_URL names one. */
  readonly postgres: EmbeddedPostgres | undefined;
  stop(): Promise<void>;
}

const readyTimeoutMs = 60_000;

/** Starts the five services as processes, with a nats-server and a Postgres where the environment names none. Resolves when all are ready. */
export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const { env, dataDir } = options;
  const routers = options.routers ?? 1;
  const names = ["policy", "cache", "billing", "provider-adapter"] as const;
  const count = names.length + routers;
  const ports =
    options.port === 0 ? await findFreePorts(count) : Array.from({ length: count }, (_, place) => options.port + place);
  const urlOf = (place: number) => `http://127.0.0.1:${ports[place]}`;
  const meshSecret = env["SLUICE_MESH_SECRET"] || randomBytes(32).toString("base64url");

  const [postgres, nats] = await Promise.all([
    env["DATABASE_URL"] ? undefined : startPostgres({ dataDir: join(dataDir, "postgres") }),
    env["NATS_URL"] ? undefined : startNats(options),
  ]);
  const databaseUrl = env["DATABASE_URL"] || (postgres as EmbeddedPostgres).url;
  const natsUrl = env["NATS_URL"] || (nats as NatsServer).url;

  const shared = {
    ...env,
    DATABASE_URL: databaseUrl,
    NATS_URL: natsUrl,
    SLUICE_MESH_SECRET: meshSecret,
    SLUICE_ADMIN_TOKEN: options.adminToken,
    SLUICE_POLICY_URL: urlOf(routers),
    SLUICE_CACHE_URL: urlOf(routers + 1),
    SLUICE_BILLING_URL: urlOf(routers + 2),
    SLUICE_ADAPTER_URL: urlOf(routers + 3),
  };
  const services: Record<string, ServiceProcess> = {};
  const launch = (name: string, service: string, place: number, more: Readonly<Record<string, string>>) => {
    services[name] = startServiceProcess({
      name,
      service,
      url: urlOf(place),
      env: { ...shared, SLUICE_PORT: String(ports[place]), ...more },
      output: (text) => options.output(name, text),
      ...(options.nodeOptions === undefined ? {} : { nodeOptions: options.nodeOptions }),
    });
  };
  for (const [place, name] of names.entries()) {
    launch(name, name, routers + place, { SLUICE_DATA_DIR: join(dataDir, name) });
  }
  for (let place = 0; place < routers; place += 1) {
    const name = place === 0 ? "router" : `router-${place + 1}`;
    launch(name, "router", place, { SLUICE_DATA_DIR: join(dataDir, name) });
  }

  async function stop(): Promise<void> {
    // Routers first: they give leases back to policy and hand usage to NATS.
    await Promise.all(
      Object.values(services)
        .filter(isRouter)
        .map((service) => service.stop()),
    );
    await Promise.all(Object.values(services).map((service) => service.stop()));
    await Promise.all([nats?.stop(), postgres?.stop()]);
  }

  try {
    await Promise.all(Object.values(services).map((service) => service.whenReady(readyTimeoutMs)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { services, databaseUrl, natsUrl, nats, postgres, stop };
}

const isRouter = (service: ServiceProcess): boolean => service.name.startsWith("router");

async function startNats(options: MeshOptions): Promise<NatsServer> {
  const binary = await obtainNatsServer({ toolsDir: options.toolsDir, env: options.env });
  const token = randomBytes(24).toString("base64url");
  return startNatsServer({ binary: binary.path, storeDir: join(options.dataDir, "nats"), token });
}
