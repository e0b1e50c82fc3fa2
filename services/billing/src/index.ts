export { type BillingConfig, billingEnv, readBillingConfig } from "./config.ts";
export {
  type Billing,
  type BillingOptions,
  billingAccess,
  billingMigrations,
  createBilling,
} from "./create-billing.ts";
