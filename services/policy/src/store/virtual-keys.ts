import type { Queryable } from "@sluice/postgres";

/** A virtual key that was made over GovernanceService. Times are epoch milliseconds. */
export interface StoredKey {
  readonly id: string;
  readonly team: string;
  readonly secretSha256: Uint8Array;
  readonly hint: string;
  readonly createMs: number;
  /** Undefined: never. */
  readonly expireMs: number | undefined;
  /** Undefined: it is not revoked. */
  readonly revokeMs: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Whether the exact requests to providers are kept for a while. */
  readonly captureRaw: boolean;
}

interface Row {
  readonly id: string;
  readonly team: string;
  readonly secret_sha256: Uint8Array;
  readonly hint: string;
  readonly create_time: Date;
  readonly expire_time: Date | null;
  readonly revoke_time: Date | null;
  readonly tags: Record<string, string>;
  readonly capture_raw: boolean;
}

const columns = "id, team, secret_sha256, hint, create_time, expire_time, revoke_time, tags, capture_raw";

/** All of them, by id. */
export async function listKeys(pool: Queryable): Promise<readonly StoredKey[]> {
  const { rows } = await pool.query<Row>(`select ${columns} from policy.virtual_keys order by id`);
  return rows.map(toKey);
}

/** Fails with a violation of virtual_keys_pkey where there is one of this id. */
export async function insertKey(transaction: Queryable, key: StoredKey): Promise<void> {
  await transaction.query({
    text: `
      insert into policy.virtual_keys
        (id, team, secret_sha256, hint, create_time, expire_time, revoke_time, tags, capture_raw)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    values: [
      key.id,
      key.team,
      key.secretSha256,
      key.hint,
      new Date(key.createMs),
      toDate(key.expireMs),
      toDate(key.revokeMs),
      key.tags,
      key.captureRaw,
    ],
  });
}

/** Revokes a key; one that is revoked stays as it is. Undefined: there is none of this id. */
export async function revokeKey(transaction: Queryable, id: string, now: Date): Promise<StoredKey | undefined> {
  const { rows } = await transaction.query<Row>({
    text: `update policy.virtual_keys set revoke_time = coalesce(revoke_time, $2) where id = $1 returning ${columns}`,
    values: [id, now],
  });
  const [row] = rows;
  return row && toKey(row);
}

/** How many keys of a team are not revoked. */
export async function countKeys(transaction: Queryable, team: string): Promise<number> {
  const { rows } = await transaction.query<{ count: bigint }>(
    "select count(*) as count from policy.virtual_keys where team = $1 and revoke_time is null",
    [team],
  );
  return Number(rows[0]?.count ?? 0n);
}

function toKey(row: Row): StoredKey {
  return {
    id: row.id,
    team: row.team,
    secretSha256: new Uint8Array(row.secret_sha256),
    hint: row.hint,
    createMs: row.create_time.getTime(),
    expireMs: row.expire_time?.getTime(),
    revokeMs: row.revoke_time?.getTime(),
    tags: row.tags,
    captureRaw: row.capture_raw,
  };
}

function toDate(epochMs: number | undefined): Date | null {
  return epochMs === undefined ? null : new Date(epochMs);
}
