import { cacheEnv } from "@sluice/cache";
import { policySettings } from "@sluice/policy";
import { adapterEnv } from "@sluice/provider-adapter";
import { routerEnv } from "@sluice/router";
import { type ConfigOf, type Env, readEnv, secret, url } from "@sluice/runtime";

/** Standalone's environment: its services' and its own. */
export const standaloneEnv = {
  ...routerEnv,
  ...adapterEnv,
  ...cacheEnv,
  ...policySettings,
  databaseUrl: url("DATABASE_URL", {
    optional: true,
    protocols: ["postgres:", "postgresql:"],
    description: "PostgreSQL 15 or newer. Unset: one is started, with its data in the data folder.",
  }),
  adminToken: secret("SLUICE_ADMIN_TOKEN", {
    optional: true,
    minLength: 24,
    description: "What operators show. Unset: one is made and kept in the data folder.",
  }),
} as const;

export type StandaloneConfig = ConfigOf<typeof standaloneEnv>;

export function readStandaloneConfig(env: Env): StandaloneConfig {
  return readEnv(env, standaloneEnv);
}
