import { boolean, type ConfigOf, duration, integer, path, secret, string, url } from "@sluice/runtime";

/** The adapter's environment, besides the providers' own variables. */
export const adapterEnv = {
  configPath: path("SLUICE_CONFIG", { optional: true, description: "Path of `sluice.yaml`. Unset: no file." }),
  catalogueUrl: url("SLUICE_CATALOGUE_URL", {
    optional: true,
    description:
      "Where prices and models are refreshed from, in the format of genai-prices. Unset: those that come along. Never needed at start.",
  }),
  catalogueRefresh: duration("SLUICE_CATALOGUE_REFRESH", {
    default: 6 * 3_600_000,
    minMs: 10_000,
    description: "How often `SLUICE_CATALOGUE_URL` is asked.",
  }),
  discover: boolean("SLUICE_DISCOVER", {
    default: false,
    description:
      "Whether model servers on this machine are found by themselves: Ollama, LM Studio, vLLM, llama.cpp, SGLang and TGI, on their usual ports.",
  }),
  learnedRulesTtl: duration("SLUICE_LEARNED_RULES_TTL", {
    default: 86_400_000,
    minMs: 1_000,
    description: "How long it is remembered that a model does not take a parameter.",
  }),
  rawExchangesTtl: duration("SLUICE_RAW_EXCHANGES_TTL", {
    default: 86_400_000,
    minMs: 1_000,
    description: "How long exchanges with providers are kept where that was asked for.",
  }),
  rawExchangeMaxBytes: integer("SLUICE_RAW_EXCHANGE_MAX_BYTES", {
    default: 1024 * 1024,
    min: 1024,
    max: 16 * 1024 * 1024,
    description: "The most that is kept of a request's body, and of an answer's.",
  }),
} as const;

/** What the adapter needs to be a process of its own. */
export const adapterMeshEnv = {
  ...adapterEnv,
  host: string("SLUICE_HOST", { default: "127.0.0.1", description: "Address to listen on." }),
  port: integer("SLUICE_PORT", {
    default: 8084,
    min: 0,
    max: 65_535,
    description: "Port to listen on; 0: any free one.",
  }),
  databaseUrl: url("DATABASE_URL", {
    optional: true,
    protocols: ["postgres:", "postgresql:"],
    description:
      "PostgreSQL 15 or newer; the adapter owns the schema `adapter`. Unset: what is learned and kept stays in this process's memory.",
  }),
  adminToken: secret("SLUICE_ADMIN_TOKEN", {
    optional: true,
    description: "What operators show to see what was learned and kept. Unset: only services may.",
  }),
  meshSecret: secret("SLUICE_MESH_SECRET", {
    minLength: 24,
    description: "What services show each other. The same for all of a mesh.",
  }),
} as const;

export type AdapterConfig = ConfigOf<typeof adapterEnv>;
