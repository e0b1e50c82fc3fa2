import type { VirtualKey } from "@sluice/api/sluice/policy/v1/virtual_key";

/** A virtual key and the digest of its secret. */
export interface KnownKey {
  /** Its id, the last part of its name. */
  readonly id: string;
  readonly key: VirtualKey;
  readonly secretSha256: Uint8Array;
}
