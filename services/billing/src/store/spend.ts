import type { Queryable } from "@sluice/postgres";
import type { Dimension, SpendQuery } from "../spend/spend-query.ts";

export interface SpendSum {
  /** In the order of the query's dimensions. */
  readonly values: readonly string[];
  readonly costNanos: bigint;
  readonly savedNanos: bigint;
  readonly requests: bigint;
  readonly attempts: bigint;
  readonly failedAttempts: bigint;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
}

/** The row after which a page begins. */
export interface SpendPlace {
  readonly costNanos: bigint;
  readonly values: readonly string[];
}

const expressions: Readonly<Record<Dimension, string>> = {
  team: "entry.team",
  key: "entry.key",
  model: "entry.model",
  provider: "entry.provider",
  route: "entry.route",
  day: "to_char(entry.start_time at time zone 'UTC', 'YYYY-MM-DD')",
  budget: "charged.budget",
};

interface SumRow {
  readonly values: string[];
  readonly cost: bigint;
  readonly saved: bigint;
  readonly requests: bigint;
  readonly attempts: bigint;
  readonly failed: bigint;
  readonly input: bigint;
  readonly output: bigint;
}

/**
 * Sums the ledger, the dearest first and equal ones by their values. Costs that are not known add nothing. By budget, an attempt counts once
 * for each budget that it was charged to, and one that was charged to none not at all. Without dimensions there is always one sum.
 */
export async function sumSpend(
  store: Queryable,
  query: SpendQuery,
  after: SpendPlace | undefined,
  limit: number,
): Promise<SpendSum[]> {
  const byBudget = query.groupBy.includes("budget");
  const budgetCondition = byBudget ? "charged.budget = $6" : "entry.budgets @> array[$6::text]";
  // The values are given with each statement; only fixed texts are put together here.
  const text = `
    with sums as (
      select
        array[${query.groupBy.map((dimension) => expressions[dimension]).join(", ")}]::text[] as "values",
        coalesce(sum(entry.cost_nanos), 0)::bigint as cost,
        coalesce(sum(entry.saved_nanos), 0)::bigint as saved,
        count(distinct entry.request_id) as requests,
        count(*) filter (where entry.attempt_number > 0) as attempts,
        count(*) filter (where entry.attempt_number > 0 and entry.outcome = 2) as failed,
        coalesce(sum(entry.input_tokens), 0)::bigint as input,
        coalesce(sum(entry.output_tokens), 0)::bigint as output
      from billing.ledger_entries as entry
      ${byBudget ? "cross join lateral (select distinct unnest(entry.budgets) as budget) as charged" : ""}
      where ($1::timestamptz is null or entry.start_time >= $1)
        and ($2::timestamptz is null or entry.start_time < $2)
        and ($3::text = '' or entry.team = $3)
        and ($4::text = '' or entry.key = $4)
        and ($5::text = '' or entry.model = $5)
        and ($6::text = '' or ${budgetCondition})
      ${query.groupBy.length > 0 ? "group by 1" : ""}
    )
    select * from sums
    where $7::bigint is null or cost < $7 or (cost = $7 and "values" > $8::text[])
    order by cost desc, "values"
    limit $9`;
  const { rows } = await store.query<SumRow>(text, [
    query.startTime,
    query.endTime,
    query.team,
    query.key,
    query.model,
    query.budget,
    after?.costNanos,
    after?.values,
    limit,
  ]);
  return rows.map((row) => ({
    values: row.values,
    costNanos: row.cost,
    savedNanos: row.saved,
    requests: row.requests,
    attempts: row.attempts,
    failedAttempts: row.failed,
    inputTokens: row.input,
    outputTokens: row.output,
  }));
}
