import { type ConfigOf, duration, type Env, integer, readEnv, secret, string, url } from "@sluice/runtime";

const mebibyte = 1024 * 1024;

/** The cache's environment. */
export const cacheEnv = {
  memoryBytes: integer("SLUICE_CACHE_MEMORY_BYTES", {
    default: 64 * mebibyte,
    min: mebibyte,
    description: "Answers kept in this process's memory.",
  }),
  maxEntryBytes: integer("SLUICE_CACHE_MAX_ENTRY_BYTES", {
    default: mebibyte,
    min: 1024,
    max: 16 * mebibyte,
    description: "The largest answer that is kept.",
  }),
  maxEntries: integer("SLUICE_CACHE_MAX_ENTRIES", {
    default: 100_000,
    min: 1,
    max: 10_000_000,
    description: "Answers kept in Postgres; beyond it the oldest go.",
  }),
  maxStoreBytes: integer("SLUICE_CACHE_MAX_STORE_BYTES", {
    default: 1024 * mebibyte,
    min: mebibyte,
    description: "Size of the answers kept in Postgres; beyond it the oldest go.",
  }),
  lookupTimeout: duration("SLUICE_CACHE_LOOKUP_TIMEOUT", {
    default: 150,
    minMs: 5,
    maxMs: 10_000,
    description: "How long a look-up waits for Postgres before it is a miss.",
  }),
  maxStoredResponseBytes: integer("SLUICE_CACHE_MAX_STORED_RESPONSE_BYTES", {
    default: 16 * mebibyte,
    min: 1024,
    max: 64 * mebibyte,
    description: "The largest answer that is stored for `previous_response_id`, its conversation included.",
  }),
  sweepInterval: duration("SLUICE_CACHE_SWEEP_INTERVAL", {
    default: 10_000,
    minMs: 100,
    maxMs: 3_600_000,
    description: "How often expired answers, and those beyond the bounds, are removed from Postgres.",
  }),
} as const;

/** The cache's environment as a process of its own. */
export const cacheMeshEnv = {
  ...cacheEnv,
  host: string("SLUICE_HOST", { default: "127.0.0.1", description: "Address to listen on." }),
  port: integer("SLUICE_PORT", {
    default: 8082,
    min: 0,
    max: 65_535,
    description: "Port of all RPCs, /healthz, /readyz and /metrics; 0: any free one.",
  }),
  databaseUrl: url("DATABASE_URL", {
    protocols: ["postgres:", "postgresql:"],
    description: "Address of Postgres, user and password included. The schema `cache` is this service's.",
  }),
  meshSecret: secret("SLUICE_MESH_SECRET", {
    minLength: 24,
    description: "What services show each other. The same for all of a mesh.",
  }),
  adminToken: secret("SLUICE_ADMIN_TOKEN", {
    optional: true,
    description: "What operators show to purge. Unset: only services may.",
  }),
  drainTimeout: duration("SLUICE_DRAIN_TIMEOUT", {
    default: 30_000,
    description: "Time for running requests at shutdown.",
  }),
} as const;

export type CacheConfig = ConfigOf<typeof cacheEnv>;
export type CacheMeshConfig = ConfigOf<typeof cacheMeshEnv>;

export function readCacheConfig(env: Env): CacheConfig {
  return readEnv(env, cacheEnv);
}

export function readCacheMeshConfig(env: Env): CacheMeshConfig {
  return readEnv(env, cacheMeshEnv);
}
