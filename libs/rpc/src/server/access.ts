/**
 * Who may call: another service of the mesh, an operator with the admin token, or anyone at all.
 * A service open to the public authenticates its callers itself.
 */
export type AllowedCaller = "mesh" | "admin" | "public";

/** Who called, as far as the kit knows. Left open for identities from client certificates. */
export type CallerIdentity =
  | { readonly kind: "mesh"; readonly via: "secret" | "process" }
  | { readonly kind: "admin"; readonly via: "token" | "process" }
  | { readonly kind: "public" };

export interface AccessPolicy {
  /**
   * By service ("sluice.billing.v1.BillingService") or by method ("sluice.billing.v1.BillingService/QuerySpend", which wins).
   * Every service served must be here, but grpc.health.v1.Health and the reflection services, which are public unless named.
   */
  readonly rules: Readonly<Record<string, AllowedCaller | readonly AllowedCaller[]>>;
  /** The secret that services show each other as `authorization: Bearer`. Several while it is being changed. */
  readonly meshSecret?: string | readonly string[];
  /** What operators show in the same header. */
  readonly adminToken?: string | readonly string[];
}
