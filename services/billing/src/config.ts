import { type ConfigOf, duration, type Env, integer, readEnv, secret, string, url } from "@sluice/runtime";

/** Billing's environment, as a process of its own. */
export const billingEnv = {
  host: string("SLUICE_HOST", { default: "127.0.0.1", description: "Address to listen on." }),
  port: integer("SLUICE_PORT", {
    default: 8083,
    min: 0,
    max: 65_535,
    description: "Port of all RPCs, health and metrics; 0: any free one.",
  }),
  databaseUrl: url("DATABASE_URL", {
    protocols: ["postgres:", "postgresql:"],
    description: "PostgreSQL 15 or newer; billing owns the schema `billing`.",
  }),
  natsUrl: url("NATS_URL", {
    default: "nats://127.0.0.1:4222",
    protocols: ["nats:", "tls:"],
    description: "Address of NATS with JetStream.",
  }),
  policyUrl: url("SLUICE_POLICY_URL", { default: "http://127.0.0.1:8081", description: "Address of policy." }),
  meshSecret: secret("SLUICE_MESH_SECRET", {
    minLength: 24,
    description: "What services show each other. The same for all of a mesh.",
  }),
  adminToken: secret("SLUICE_ADMIN_TOKEN", { description: "What operators show to query spend and the ledger." }),
  drainTimeout: duration("SLUICE_DRAIN_TIMEOUT", {
    default: 30_000,
    description: "Time for running calls and batches at shutdown.",
  }),
} as const;

export type BillingConfig = ConfigOf<typeof billingEnv>;

export function readBillingConfig(env: Env): BillingConfig {
  return readEnv(env, billingEnv);
}
