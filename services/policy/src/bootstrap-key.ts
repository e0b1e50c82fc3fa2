import { randomBytes } from "node:crypto";
import { defaultTeam } from "@sluice/config";
import { inTransaction, type Pool } from "@sluice/postgres";
import type { Clock } from "@sluice/runtime";
import type { Declared } from "./declared/declare.ts";
import { digestSecret, encodeSecret, hintOf, secretBytes } from "./keys/secret.ts";
import { raiseRevision } from "./store/revisions.ts";
import { insertTeam, listTeams } from "./store/teams.ts";
import { insertKey, listKeys } from "./store/virtual-keys.ts";

/** The id of the key that is made where nothing is configured. */
export const bootstrapKeyId = "default";

export type BootstrapKey =
  /** The team `default`, which may call everything, and its key were made. */
  | { readonly kind: "made"; readonly secret: string }
  /** There are teams or keys already, in the file or the store: nothing was made. */
  | { readonly kind: "not-needed" }
  /** The process drains: nothing was made. */
  | { readonly kind: "stopped" };

/**
 * Makes the first team and key where there is nothing: no team or key in the file, none in the store, revoked ones included. `keep` is given the
 * secret before anything is stored, because nobody can read it afterwards; if it fails, nothing is stored. Of several replicas one makes it.
 */
export async function makeBootstrapKey(options: {
  readonly pool: Pool;
  readonly declared: Pick<Declared, "teams" | "keys">;
  readonly clock: Clock;
  readonly keep: (secret: string) => void | Promise<void>;
}): Promise<BootstrapKey> {
  const { pool, declared, clock, keep } = options;
  if (declared.teams.length > 0 || declared.keys.length > 0) return { kind: "not-needed" };
  return inTransaction(pool, async (transaction): Promise<BootstrapKey> => {
    // Locks out the other replicas until this is committed.
    await raiseRevision(transaction);
    if ((await listTeams(transaction)).length > 0 || (await listKeys(transaction)).length > 0)
      return { kind: "not-needed" };
    const nowMs = clock.now();
    const secret = encodeSecret(randomBytes(secretBytes));
    await insertTeam(transaction, { id: defaultTeam, models: ["*"], createMs: nowMs, updateMs: nowMs });
    await insertKey(transaction, {
      id: bootstrapKeyId,
      team: defaultTeam,
      secretSha256: digestSecret(secret),
      hint: hintOf(secret),
      createMs: nowMs,
      expireMs: undefined,
      revokeMs: undefined,
      tags: {},
      captureRaw: false,
    });
    await keep(secret);
    return { kind: "made", secret };
  });
}
