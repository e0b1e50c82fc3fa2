import { join } from "node:path";
import { type ConfigOf, duration, type Env, integer, path, readEnv, secret, string, url } from "@sluice/runtime";

/** The router's environment. */
export const routerEnv = {
  host: string("SLUICE_HOST", { default: "127.0.0.1", description: "Address to listen on." }),
  port: integer("SLUICE_PORT", {
    default: 8080,
    min: 0,
    max: 65_535,
    description: "Port of HTTP/1.1, h2c and all RPCs; 0: any free one.",
  }),
  dataDir: path("SLUICE_DATA_DIR", {
    default: ".sluice",
    description: "Folder of the usage journal. Must be this router's own.",
  }),
  maxBodyBytes: integer("SLUICE_MAX_BODY_BYTES", {
    default: 32 * 1024 * 1024,
    min: 1024,
    description: "The largest request body taken.",
  }),
  journalMaxBytes: integer("SLUICE_JOURNAL_MAX_BYTES", {
    default: 1024 * 1024 * 1024,
    min: 16 * 1024 * 1024,
    description: "Size of the journal from which requests are refused rather than unrecorded.",
  }),
  journalSync: duration("SLUICE_JOURNAL_SYNC", {
    default: 0,
    description:
      "How often the journal is synced to the disk, to survive loss of power too; `0ms`: left to the system.",
  }),
  adminToken: secret("SLUICE_ADMIN_TOKEN", {
    optional: true,
    description: "What operators show to have a request's exchanges with providers kept. Unset: nobody may.",
  }),
  drainTimeout: duration("SLUICE_DRAIN_TIMEOUT", {
    default: 30_000,
    description: "Time for running requests at shutdown.",
  }),
} as const;

/** Where the router's neighbours are, in the mesh. */
export const routerMeshEnv = {
  ...routerEnv,
  policyUrl: url("SLUICE_POLICY_URL", { default: "http://127.0.0.1:8081", description: "Address of policy." }),
  cacheUrl: url("SLUICE_CACHE_URL", { default: "http://127.0.0.1:8082", description: "Address of cache." }),
  adapterUrl: url("SLUICE_ADAPTER_URL", {
    default: "http://127.0.0.1:8084",
    description: "Address of provider-adapter.",
  }),
  natsUrl: url("NATS_URL", {
    default: "nats://127.0.0.1:4222",
    protocols: ["nats:", "tls:"],
    description: "Address of NATS with JetStream.",
  }),
  meshSecret: secret("SLUICE_MESH_SECRET", {
    minLength: 24,
    description: "What services show each other. The same for all of a mesh.",
  }),
} as const;

export type RouterConfig = ConfigOf<typeof routerEnv>;
export type RouterMeshConfig = ConfigOf<typeof routerMeshEnv>;

export function readRouterMeshConfig(env: Env): RouterMeshConfig {
  return readEnv(env, routerMeshEnv);
}

/** The folder of the journal below the data folder. */
export function journalDirectory(config: RouterConfig): string {
  return join(config.dataDir, "journal");
}
