import { randomBytes } from "node:crypto";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Budget } from "@sluice/api/sluice/policy/v1/budget";
import type { GovernanceService } from "@sluice/api/sluice/policy/v1/governance_service";
import { inTransaction, isUniqueViolation, type Pool, type Queryable } from "@sluice/postgres";
import type { ServiceImpl } from "@sluice/rpc";
import type { Clock, IdSource } from "@sluice/runtime";
import { type BudgetPosition, presentBudgets, statusesOf } from "./budgets/list-budgets.ts";
import type { Declared } from "./declared/declare.ts";
import { alreadyExists, declaredInFile, failedPrecondition, invalidArgument, notFound, storeError } from "./errors.ts";
import type { PolicyEvents } from "./events.ts";
import type { Stored } from "./governance/follow-store.ts";
import { keyOf, mergeKnown, teamOf } from "./governance/merge-known.ts";
import { digestSecret, encodeSecret, hintOf, secretBytes } from "./keys/secret.ts";
import { decodePageToken, encodePageToken, pageOf, readPageSize } from "./page.ts";
import { listWindows } from "./store/budget-windows.ts";
import { raiseRevision } from "./store/revisions.ts";
import { deleteTeam, holdTeam, insertTeam, listTeams } from "./store/teams.ts";
import { countKeys, insertKey, listKeys, revokeKey, type StoredKey } from "./store/virtual-keys.ts";

export interface GovernanceServiceOptions {
  readonly pool: Pool;
  readonly declared: () => Declared;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly events: PolicyEvents;
  /** Called after each change, before it is answered. */
  readonly changed: () => Promise<void>;
}

export function createGovernanceService(options: GovernanceServiceOptions): ServiceImpl<typeof GovernanceService> {
  const { pool, clock, ids, events } = options;

  /** Changes teams or keys; all replicas learn of it. */
  async function change<Result>(run: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    const result = await guard(
      inTransaction(pool, async (transaction) => {
        await raiseRevision(transaction);
        return run(transaction);
      }),
    );
    await options.changed();
    return result;
  }

  async function known() {
    const stored: Stored = { teams: await guard(listTeams(pool)), keys: await guard(listKeys(pool)) };
    return mergeKnown(options.declared(), stored);
  }

  function isDeclared(list: "teams" | "keys", id: string): boolean {
    const { teams, keys } = options.declared();
    return list === "teams" ? teams.some(({ name }) => name === `teams/${id}`) : keys.some((key) => key.id === id);
  }

  return {
    async listTeams(request) {
      const { items, nextPageToken } = pageOf((await known()).teams, ({ name }) => name, request);
      return { teams: [...items], nextPageToken };
    },

    async createTeam({ teamId, models }) {
      if (isDeclared("teams", teamId)) throw alreadyExists(`teams/${teamId}`);
      const nowMs = clock.now();
      const team = { id: teamId, models, createMs: nowMs, updateMs: nowMs };
      await change((transaction) => insertTeam(transaction, team)).catch((error: unknown) => {
        throw isUniqueViolation(error, "teams_pkey") ? alreadyExists(`teams/${teamId}`) : error;
      });
      return { team: teamOf(team) };
    },

    async deleteTeam({ name }) {
      const id = idOf(name);
      if (isDeclared("teams", id)) throw declaredInFile(name);
      await change(async (transaction) => {
        if (!(await deleteTeam(transaction, id))) throw notFound(name);
        const keys = await countKeys(transaction, id);
        if (keys > 0) throw failedPrecondition(name, `${name} has ${keys} virtual keys: revoke them before`);
      });
      return {};
    },

    async listVirtualKeys(request) {
      const keys = (await known()).keys.map(({ key }) => key);
      const wanted = request.team === "" ? keys : keys.filter(({ team }) => team === request.team);
      const { items, nextPageToken } = pageOf(wanted, ({ name }) => name, request);
      return { virtualKeys: [...items], nextPageToken };
    },

    async createVirtualKey(request) {
      const nowMs = clock.now();
      const id = request.virtualKeyId === "" ? `key-${ids.uuid()}` : request.virtualKeyId;
      if (isDeclared("keys", id)) throw alreadyExists(`virtualKeys/${id}`);
      const team = idOf(request.team);
      const expireMs = request.expireTime && timestampMs(request.expireTime);
      if (expireMs !== undefined && expireMs <= nowMs) {
        throw invalidArgument("expire_time", "expire_time is past, expected a time to come, or none");
      }
      const secret = encodeSecret(randomBytes(secretBytes));
      const key: StoredKey = {
        id,
        team,
        secretSha256: digestSecret(secret),
        hint: hintOf(secret),
        createMs: nowMs,
        expireMs,
        revokeMs: undefined,
        tags: request.tags,
        captureRaw: request.captureRaw,
      };
      await change(async (transaction) => {
        if (!isDeclared("teams", team) && !(await holdTeam(transaction, team))) throw notFound(request.team);
        await insertKey(transaction, key);
      }).catch((error: unknown) => {
        throw isUniqueViolation(error, "virtual_keys_pkey") ? alreadyExists(`virtualKeys/${id}`) : error;
      });
      events.keyMade(`virtualKeys/${id}`);
      return { virtualKey: keyOf(key).key, secret };
    },

    async revokeVirtualKey({ name }) {
      const id = idOf(name);
      if (isDeclared("keys", id)) throw declaredInFile(name);
      const key = await change((transaction) => revokeKey(transaction, id, new Date(clock.now())));
      if (key === undefined) throw notFound(name);
      events.keyRevoked(name);
      return { virtualKey: keyOf(key).key };
    },

    async listBudgets(request) {
      const token = decodePageToken(request.pageToken, 2);
      const after = token && { budget: token[0] ?? "", member: token[1] ?? "" };
      const { items, next } = await listStatuses(pool, options.declared().budgets, {
        after,
        size: readPageSize(request.pageSize),
        nowMs: clock.now(),
      });
      return {
        budgets: items,
        nextPageToken: next === undefined ? "" : encodePageToken([next.budget, next.member]),
      };
    },
  };
}

/** Looks at a slice of the budgets at a time, since those with members may have no line or thousands. */
async function listStatuses(
  pool: Pool,
  budgets: readonly Budget[],
  page: { readonly after: BudgetPosition | undefined; readonly size: number; readonly nowMs: number },
) {
  const { after, size } = page;
  const present = presentBudgets(budgets, page.nowMs).filter(
    ({ key }) => after === undefined || key.budget >= after.budget,
  );
  const found: ReturnType<typeof statusesOf>[number][] = [];
  let cut: BudgetPosition | undefined;
  for (let start = 0; start < present.length && found.length <= size; start += size) {
    const slice = present.slice(start, start + size);
    const windows = await guard(
      listWindows(
        pool,
        slice.map(({ key }) => key),
        after ?? { budget: "", member: "" },
        size + 1,
      ),
    );
    const statuses = statusesOf(slice, windows, after);
    // Past the last window that was read, nothing is known of those that follow.
    const last = windows.length > size ? windows.at(-1) : undefined;
    found.push(...(last === undefined ? statuses : statuses.filter(({ position }) => position.budget <= last.budget)));
    cut = last;
    if (cut !== undefined) break;
  }
  const items = found.slice(0, size);
  return { items: items.map(({ status }) => status), next: found.length > size ? items.at(-1)?.position : cut };
}

async function guard<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw storeError(error);
  }
}

function idOf(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}
