import type { Queryable } from "@sluice/postgres";

/** A team that was made over GovernanceService. */
export interface StoredTeam {
  readonly id: string;
  readonly models: readonly string[];
  readonly createMs: number;
  readonly updateMs: number;
}

interface Row {
  readonly id: string;
  readonly models: string[];
  readonly create_time: Date;
  readonly update_time: Date;
}

/** All of them, by id. */
export async function listTeams(pool: Queryable): Promise<readonly StoredTeam[]> {
  const { rows } = await pool.query<Row>("select id, models, create_time, update_time from policy.teams order by id");
  return rows.map((row) => ({
    id: row.id,
    models: row.models,
    createMs: row.create_time.getTime(),
    updateMs: row.update_time.getTime(),
  }));
}

/** Fails with a violation of teams_pkey where there is one of this id. */
export async function insertTeam(transaction: Queryable, team: StoredTeam): Promise<void> {
  await transaction.query({
    text: "insert into policy.teams (id, models, create_time, update_time) values ($1, $2, $3, $4)",
    values: [team.id, team.models, new Date(team.createMs), new Date(team.updateMs)],
  });
}

/** Keeps a team from being removed until the transaction ends. False: there is none of this id. */
export async function holdTeam(transaction: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await transaction.query("select id from policy.teams where id = $1 for share", [id]);
  return rowCount === 1;
}

/** False: there is none of this id. */
export async function deleteTeam(transaction: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await transaction.query("delete from policy.teams where id = $1", [id]);
  return rowCount === 1;
}
