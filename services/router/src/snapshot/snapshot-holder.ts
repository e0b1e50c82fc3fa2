import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { Snapshot } from "@sluice/api/sluice/policy/v1/snapshot";
import { type Refusal, refuse } from "../refusal.ts";
import { indexSnapshot, type SnapshotIndex } from "./snapshot-index.ts";

export type HeldSnapshot =
  | { readonly kind: "held"; readonly index: SnapshotIndex; readonly ageMs: number }
  | { readonly kind: "unavailable"; readonly refusal: Refusal };

/** The snapshot in force, and when policy was last heard of. */
export interface SnapshotHolder {
  /** The version held. Empty: none. */
  readonly version: string;
  current(nowMs: number): HeldSnapshot;
  replace(snapshot: Snapshot, nowMs: number): void;
  /** Policy is there and the snapshot held is its latest. */
  confirm(nowMs: number): void;
}

export function createSnapshotHolder(): SnapshotHolder {
  let index: SnapshotIndex | undefined;
  let confirmedMs = 0;

  return {
    get version() {
      return index?.version ?? "";
    },
    current(nowMs) {
      if (index === undefined) {
        return unavailable("the gateway has not received its policy yet");
      }
      const ageMs = nowMs - confirmedMs;
      if (ageMs > index.maxStalenessMs) {
        const minutes = Math.round(ageMs / 60_000);
        return unavailable(`policy has been out of sight for ${minutes} minutes, longer than its snapshot holds`);
      }
      return { kind: "held", index, ageMs };
    },
    replace(snapshot, nowMs) {
      index = indexSnapshot(snapshot);
      confirmedMs = nowMs;
    },
    confirm(nowMs) {
      confirmedMs = nowMs;
    },
  };
}

function unavailable(message: string): HeldSnapshot {
  return { kind: "unavailable", refusal: refuse(ErrorReason.POLICY_UNAVAILABLE, message, { retryAfterMs: 1000 }) };
}
