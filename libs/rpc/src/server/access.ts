import { hash, timingSafeEqual } from "node:crypto";
import { Code, type ConnectError } from "@connectrpc/connect";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { rpcError } from "../error.ts";
import type { RpcRegistration } from "../registration.ts";

/**
 * Who may call: another service of the mesh, an operator with the admin token, or anyone at all.
 * A service open to the public authenticates its callers itself.
 */
export type AllowedCaller = "mesh" | "admin" | "public";

/** Who called, as far as the kit knows. Left open for identities from client certificates. */
export type CallerIdentity =
  | { readonly kind: "mesh"; readonly via: "secret" | "process" }
  | { readonly kind: "admin"; readonly via: "token" }
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

export type AccessDecision =
  | { readonly kind: "allowed"; readonly caller: CallerIdentity }
  | { readonly kind: "denied"; readonly error: ConnectError };

/** Decides by a request's `authorization` header, undefined where there is none. */
export type DecideAccess = (authorization: string | undefined) => AccessDecision;

/** The caller of everything that stays in this process. */
export const processCaller: CallerIdentity = { kind: "mesh", via: "process" };

const publicByDefault = new Set([
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
]);
const scheme = "bearer ";
const allowPublic: AccessDecision = { kind: "allowed", caller: { kind: "public" } };
const allowMesh: AccessDecision = { kind: "allowed", caller: { kind: "mesh", via: "secret" } };
const allowAdmin: AccessDecision = { kind: "allowed", caller: { kind: "admin", via: "token" } };

/**
 * Decisions by path of RPC. Throws where a service has no rule, a rule names nothing that is served, or a rule allows callers that
 * could never show anything because no secret is set.
 */
export function createAccess(
  policy: AccessPolicy,
  registrations: readonly RpcRegistration[],
): ReadonlyMap<string, DecideAccess> {
  const mesh = digests(policy.meshSecret);
  const admin = digests(policy.adminToken);
  const unused = new Set(Object.keys(policy.rules));
  const decisions = new Map<string, DecideAccess>();
  for (const { service, methods } of registrations) {
    for (const { method, path } of methods) {
      const name = `${service.typeName}/${method.name}`;
      const rule = policy.rules[name] ?? policy.rules[service.typeName] ?? defaultRule(service.typeName);
      unused.delete(name);
      unused.delete(service.typeName);
      const allowed = typeof rule === "string" ? [rule] : rule;
      if (allowed.includes("mesh") && mesh.length === 0) {
        throw new Error(`access to ${name} is for the mesh, but there is no mesh secret: set one`);
      }
      if (allowed.includes("admin") && !allowed.includes("mesh") && admin.length === 0) {
        throw new Error(`access to ${name} is for operators, but there is no admin token: set one`);
      }
      decisions.set(path, createDecision(allowed, mesh, admin));
    }
  }
  if (unused.size > 0) throw new Error(`access rules for what is not served: ${[...unused].join(", ")}`);
  return decisions;
}

function defaultRule(typeName: string): AllowedCaller {
  if (publicByDefault.has(typeName)) return "public";
  throw new Error(`no access rule for ${typeName}, expected who may call it: mesh, admin, public or a list of these`);
}

function createDecision(allowed: readonly AllowedCaller[], mesh: Buffer[], admin: Buffer[]): DecideAccess {
  if (allowed.includes("public")) return () => allowPublic;
  const meshAllowed = allowed.includes("mesh");
  const adminAllowed = allowed.includes("admin");
  return (authorization) => {
    if (authorization === undefined) return denied(unauthenticated("no credentials, expected authorization: Bearer"));
    if (authorization.slice(0, scheme.length).toLowerCase() !== scheme) {
      return denied(unauthenticated("credentials of an unknown kind, expected authorization: Bearer"));
    }
    const shown = digest(authorization.slice(scheme.length));
    const isMesh = isOneOf(shown, mesh);
    const isAdmin = isOneOf(shown, admin);
    if (isMesh && meshAllowed) return allowMesh;
    if (isAdmin && adminAllowed) return allowAdmin;
    return denied(isMesh || isAdmin ? forbidden(allowed) : unauthenticated("unknown credentials"));
  };
}

/** Compares digests, each in constant time and all of them, so that time tells nothing of the secrets. */
function isOneOf(shown: Buffer, known: readonly Buffer[]): boolean {
  let found = false;
  for (const one of known) found = timingSafeEqual(shown, one) || found;
  return found;
}

function digests(secrets: string | readonly string[] | undefined): Buffer[] {
  const list = secrets === undefined ? [] : typeof secrets === "string" ? [secrets] : secrets;
  for (const secret of list) if (secret === "") throw new Error("a secret is empty, expected at least one character");
  return list.map(digest);
}

function digest(secret: string): Buffer {
  return hash("sha256", secret, "buffer");
}

function denied(error: ConnectError): AccessDecision {
  return { kind: "denied", error };
}

function unauthenticated(message: string): ConnectError {
  return rpcError({
    code: Code.Unauthenticated,
    reason: ErrorReason.MESH_UNAUTHENTICATED,
    fault: Fault.CALLER,
    message,
  });
}

function forbidden(allowed: readonly AllowedCaller[]): ConnectError {
  return rpcError({
    code: Code.PermissionDenied,
    reason: ErrorReason.PERMISSION_DENIED,
    fault: Fault.CALLER,
    message: `this method is for ${allowed.join(" or ")} callers`,
  });
}
