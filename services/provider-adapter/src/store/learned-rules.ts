import type { ParameterRule } from "@sluice/dialects";
import { inTransaction, type Pool, type Queryable } from "@sluice/postgres";
import type { LearnedRule } from "../parameters/learned-rules.ts";

/** Short: nobody waits for this, and what is not written is written later. */
const timeoutMs = 2_000;

type Row = {
  readonly id: string;
  readonly model: string;
  readonly dialect: string;
  readonly path: string[];
  readonly action: ParameterRule["action"];
  readonly reason: string;
  readonly evidence: string;
  readonly attempt_id: string;
  readonly learn_time: Date;
  readonly expire_time: Date;
};

/** Raised by every change of learned rules. */
export async function readRevision(pool: Queryable): Promise<bigint> {
  const { rows } = await pool.query<{ revision: bigint }>({
    name: "adapter-read-revision",
    text: "select revision from adapter.revisions",
    timeoutMs,
  });
  const [row] = rows;
  if (row === undefined) throw new Error("adapter.revisions has no row");
  return row.revision;
}

/** Those that are not to be forgotten yet, and the revision that they are of. */
export function readRules(
  pool: Pool,
  nowMs: number,
): Promise<{ readonly revision: bigint; readonly rules: readonly LearnedRule[] }> {
  return inTransaction(
    pool,
    async (transaction) => {
      const revision = await readRevision(transaction);
      const { rows } = await transaction.query<Row>({
        text: `
          select id, model, dialect, path, action, reason, evidence, attempt_id, learn_time, expire_time
          from adapter.learned_rules where expire_time > $1`,
        values: [new Date(nowMs)],
        timeoutMs,
      });
      return { revision, rules: rows.map(toRule) };
    },
    { isolation: "repeatable read", readOnly: true },
  );
}

/** Puts a rule in place of an older one of the same model, dialect and parameter; beyond `maxRules`, those that are forgotten first go. */
export function writeRule(pool: Pool, learned: LearnedRule, maxRules: number): Promise<void> {
  const { id, model, dialect, rule, learnMs, expireMs, attemptId } = learned;
  return inTransaction(pool, async (transaction) => {
    await raiseRevision(transaction);
    await transaction.query({
      text: `
        insert into adapter.learned_rules
          (id, model, dialect, path, action, reason, evidence, attempt_id, learn_time, expire_time)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (id) do update set
          action = excluded.action, reason = excluded.reason, evidence = excluded.evidence,
          attempt_id = excluded.attempt_id, learn_time = excluded.learn_time, expire_time = excluded.expire_time`,
      values: [
        id,
        model,
        dialect,
        rule.path,
        JSON.stringify(rule.action),
        rule.reason,
        rule.source,
        attemptId,
        new Date(learnMs),
        new Date(expireMs),
      ],
      timeoutMs,
    });
    await transaction.query({
      text: `
        delete from adapter.learned_rules
        where id in (select id from adapter.learned_rules order by expire_time desc, id offset $1)`,
      values: [maxRules],
      timeoutMs,
    });
  });
}

/** Whether it was there. */
export function deleteRule(pool: Pool, id: string): Promise<boolean> {
  return inTransaction(pool, async (transaction) => {
    await raiseRevision(transaction);
    const { rowCount } = await transaction.query({
      text: "delete from adapter.learned_rules where id = $1",
      values: [id],
      timeoutMs,
    });
    return rowCount > 0;
  });
}

/** Nobody is told: every replica forgets by itself what has expired. */
export async function sweepRules(pool: Pool, nowMs: number): Promise<void> {
  await pool.query({
    text: "delete from adapter.learned_rules where expire_time <= $1",
    values: [new Date(nowMs)],
    timeoutMs,
  });
}

async function raiseRevision(transaction: Queryable): Promise<void> {
  await transaction.query({ text: "update adapter.revisions set revision = revision + 1", timeoutMs });
}

function toRule(row: Row): LearnedRule {
  return {
    id: row.id,
    model: row.model,
    dialect: row.dialect,
    rule: { path: row.path, action: row.action, reason: row.reason, source: row.evidence },
    learnMs: row.learn_time.getTime(),
    expireMs: row.expire_time.getTime(),
    attemptId: row.attempt_id,
  };
}
