import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Snapshot } from "@sluice/api/sluice/policy/v1/snapshot";
import { ConnectError, readErrorInfo } from "@sluice/rpc";
import { afterEach, beforeEach } from "vitest";
import { createPolicyDatabase } from "./lease-database.ts";
import { type PolicyProcess, type PolicyProcessOptions, startPolicy } from "./policy-process.ts";

export const yaml = `
routes:
  - {name: chat, targets: [{model: openai/gpt-5.5}, {model: simulator/echo}], retry: {attempts: 2, on: [timeout]}}
teams:
  - {name: research, models: [chat, "openai/*"]}
keys:
  - {name: notebooks, team: research, secret: "\${NOTEBOOKS_KEY}", expires: 2027-01-01, tags: {tier: gold, app: notebooks}, capture: raw}
budgets:
  - {name: daily, scope: {team: research}, limit_usd: "25", window: day, timezone: Europe/Berlin}
  - {name: each, scope: {key: "*"}, limit_usd: "0.000001", window: hour}
cache: {exact: {ttl: 1h}, share: key}
`;
export const env = { NOTEBOOKS_KEY: "a-declared-secret-of-the-file" };

export interface PolicyHarness {
  /** The file that start() reads: `yaml` at first. */
  readonly configPath: string;
  readonly databaseUrl: string;
  start(overrides?: Partial<PolicyProcessOptions>): PolicyProcess;
}

/** A database and a configuration file for each test; what is started ends with it. */
export function usePolicy(): PolicyHarness {
  let database: Awaited<ReturnType<typeof createPolicyDatabase>> | undefined;
  let folder = "";
  const processes: PolicyProcess[] = [];
  beforeEach(async () => {
    database = await createPolicyDatabase();
    folder = await mkdtemp(join(tmpdir(), "sluice-policy-"));
    await writeFile(join(folder, "sluice.yaml"), yaml);
  });
  afterEach(async () => {
    for (const process of processes.splice(0)) await process[Symbol.asyncDispose]();
    await database?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  return {
    get configPath() {
      return join(folder, "sluice.yaml");
    },
    get databaseUrl() {
      return database?.url ?? "";
    },
    start(overrides = {}) {
      const started = startPolicy({ databaseUrl: this.databaseUrl, configPath: this.configPath, env, ...overrides });
      processes.push(started);
      return started;
    },
  };
}

/** The snapshots that a watcher is told, one after another. */
export function watch({ policy }: Pick<PolicyProcess, "policy">): { next(): Promise<Snapshot> } {
  const messages = policy.watchSnapshot({ instanceId: "router-1" })[Symbol.asyncIterator]();
  return {
    async next() {
      for (;;) {
        const { value, done } = await messages.next();
        if (done === true) throw new Error("the watch ended");
        if (value.snapshot !== undefined) return value.snapshot;
      }
    },
  };
}

/** How a call fails; throws where it does not. */
export async function failure(call: Promise<unknown>) {
  const error = await call.then(
    () => new Error("it did not fail"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConnectError)) throw error;
  return { code: error.code, reason: readErrorInfo(error)?.reason, message: error.rawMessage };
}

export const demand = (budget: string, minimum: bigint, desired = minimum, member = "") => ({
  budget,
  member,
  minimum: { usdNanos: minimum },
  desired: { usdNanos: desired },
});
