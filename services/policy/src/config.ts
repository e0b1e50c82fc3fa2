import { type ConfigOf, duration, type Env, integer, list, path, readEnv, secret, string, url } from "@sluice/runtime";

/** What policy reads from the environment wherever it runs. */
export const policySettings = {
  configPath: path("SLUICE_CONFIG", {
    optional: true,
    description: "Path of `sluice.yaml`. Unset: nothing is configured.",
  }),
  maxStaleness: duration("SLUICE_SNAPSHOT_MAX_STALENESS", {
    default: 3_600_000,
    minMs: 10_000,
    description: "How long a router may go on after it has lost sight of policy.",
  }),
  leaseTtl: duration("SLUICE_LEASE_TTL", {
    default: 30_000,
    minMs: 2_000,
    maxMs: 3_600_000,
    description: "How long a lease lives without a report before it is presumed spent.",
  }),
} as const;

/** Policy's environment, as a process of its own. */
export const policyEnv = {
  host: string("SLUICE_HOST", { default: "127.0.0.1", description: "Address to listen on." }),
  port: integer("SLUICE_PORT", {
    default: 8081,
    min: 0,
    max: 65_535,
    description: "Port of all RPCs, health and metrics; 0: any free one.",
  }),
  ...policySettings,
  databaseUrl: url("DATABASE_URL", {
    protocols: ["postgres:", "postgresql:"],
    description: "PostgreSQL 15 or newer; policy owns the schema `policy`.",
  }),
  adapterUrls: list("SLUICE_ADAPTER_URL", {
    default: ["http://127.0.0.1:8084"],
    description: "Addresses of provider-adapters, separated by commas. Where two offer one model, the first is asked.",
  }),
  dataDir: path("SLUICE_DATA_DIR", {
    default: ".sluice",
    description: "Folder for the first virtual key, made where nothing is configured.",
  }),
  meshSecret: secret("SLUICE_MESH_SECRET", {
    minLength: 24,
    description: "What services show each other. The same for all of a mesh.",
  }),
  adminToken: secret("SLUICE_ADMIN_TOKEN", {
    description: "What operators show to administer teams, keys and configuration.",
  }),
  drainTimeout: duration("SLUICE_DRAIN_TIMEOUT", {
    default: 30_000,
    description: "Time for running calls at shutdown.",
  }),
} as const;

export type PolicySettings = ConfigOf<typeof policySettings>;
export type PolicyConfig = ConfigOf<typeof policyEnv>;

export function readPolicySettings(env: Env): PolicySettings {
  return readEnv(env, policySettings);
}

export function readPolicyConfig(env: Env): PolicyConfig {
  return readEnv(env, policyEnv);
}
