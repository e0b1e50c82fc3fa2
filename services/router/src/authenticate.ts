import { hash } from "node:crypto";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { SnapshotKey } from "@sluice/api/sluice/policy/v1/snapshot";
import { type Refusal, refuse } from "./refusal.ts";
import type { SnapshotIndex } from "./snapshot/snapshot-index.ts";

export type Authentication =
  | { readonly kind: "known"; readonly key: SnapshotKey }
  | { readonly kind: "refused"; readonly refusal: Refusal };

const refused = (reason: ErrorReason, message: string): Authentication => ({
  kind: "refused",
  refusal: refuse(reason, message),
});

/**
 * Finds the virtual key that a secret belongs to. The secret is looked up by its SHA-256, so the time taken tells nothing of the secrets
 * that exist.
 */
export function authenticate(index: SnapshotIndex, secret: string | undefined, nowMs: number): Authentication {
  if (secret === undefined) {
    return refused(
      ErrorReason.KEY_MISSING,
      "no key in the request: send a virtual key as `authorization: Bearer <key>`, `x-api-key` or `x-goog-api-key`",
    );
  }
  const key = index.keyBySecret(hash("sha256", secret, "base64"));
  if (key === undefined) return refused(ErrorReason.KEY_UNKNOWN, "the key is not known to this gateway");
  if (key.revoked) return refused(ErrorReason.KEY_REVOKED, `key ${key.id} was revoked: ask for another`);
  if (key.expireTime !== undefined && timestampMs(key.expireTime) <= nowMs) {
    return refused(
      ErrorReason.KEY_EXPIRED,
      `key ${key.id} expired at ${new Date(timestampMs(key.expireTime)).toISOString()}: ask for another`,
    );
  }
  return { kind: "known", key };
}

/** The secret that a request shows, from the headers that the official SDKs use. An empty one counts as none. */
export function readSecret(header: (name: string) => string | undefined): string | undefined {
  const authorization = header("authorization");
  if (authorization !== undefined && /^bearer /i.test(authorization)) {
    const secret = authorization.slice("bearer ".length).trim();
    if (secret !== "") return secret;
  }
  return header("x-api-key") || header("x-goog-api-key") || undefined;
}
