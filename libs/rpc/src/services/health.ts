import type { Lifecycle } from "@sluice/runtime";
import type { RpcRegistration } from "../registration.ts";

/** grpc.health.v1.Health from the lifecycle's readiness, for the process ("") and for each of `services`, which share it. */
export function createHealthService(_options: {
  readonly lifecycle: Lifecycle;
  /** Full names: "sluice.billing.v1.BillingService". */
  readonly services: readonly RpcRegistration[];
  /** How often Watch looks. Default 1 s. */
  readonly intervalMs?: number;
}): RpcRegistration {
  throw new Error("not built yet");
}
