export { type BootstrapKey, bootstrapKeyId } from "./bootstrap-key.ts";
export {
  type PolicyConfig,
  type PolicySettings,
  policyEnv,
  policySettings,
  readPolicyConfig,
  readPolicySettings,
} from "./config.ts";
export { createPolicy, type Policy, type PolicyOptions, policyAccess } from "./create-policy.ts";
export { ConfigurationError } from "./declared/configuration.ts";
export { keepBootstrapKey, readBootstrapKey } from "./keep-bootstrap-key.ts";
export { policyMigrations } from "./migrations.ts";
