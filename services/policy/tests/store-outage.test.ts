import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { startPostgres } from "@sluice/postgres/embedded";
import { Code } from "@sluice/rpc";
import { expect, it, vi } from "vitest";
import { demand, env, failure, watch, yaml } from "./policy-harness.ts";
import { startPolicy } from "./policy-process.ts";

it("starts without its store, says so while it is away, and takes up again when it is there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-policy-"));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const configPath = join(folder, "sluice.yaml");
  await writeFile(configPath, yaml);
  const dataDir = join(folder, "postgres");
  const first = await startPostgres({ dataDir, durability: "none" });
  const { url: databaseUrl, port } = first;
  await first.stop();

  const policy = cleanup.use(startPolicy({ databaseUrl, configPath, env }));
  const snapshots = watch(policy);
  const early = snapshots.next();
  const acquire = (requestId: string) =>
    policy.policy.acquireLeases({ requestId, instanceId: "router-1", demands: [demand("daily", 5n)] });
  const unavailable = { code: Code.Unavailable, reason: ErrorReason.STORE_UNAVAILABLE };
  expect(await failure(acquire("too-early"))).toMatchObject(unavailable);
  expect((await policy.lifecycle.readiness()).ready).toBe(false);

  const second = await startPostgres({ dataDir, port, durability: "none" });
  const { version } = await early;
  expect((await acquire("one")).outcome.case).toBe("grant");
  await vi.waitFor(async () => expect((await policy.lifecycle.readiness()).ready).toBe(true));

  await second.kill();
  expect(await failure(acquire("two"))).toMatchObject(unavailable);
  expect(await failure(policy.governance.listTeams({}))).toMatchObject(unavailable);
  expect(await failure(policy.governance.createTeam({ teamId: "x", models: [] }))).toMatchObject(unavailable);
  const report = { leaseId: "x", spent: { usdNanos: 0n }, retained: { usdNanos: 0n } };
  expect(await failure(policy.policy.reportLeases({ instanceId: "router-1", reports: [report] }))).toMatchObject(
    unavailable,
  );
  expect(await failure(policy.policy.reconcileLeases({ instanceId: "router-1" }))).toMatchObject(unavailable);
  expect((await watch(policy).next()).version).toBe(version);
  await vi.waitFor(async () => {
    const { ready, checks } = await policy.lifecycle.readiness();
    expect([ready, checks["policy_store"]?.state]).toEqual([true, "degraded"]);
  });

  cleanup.use(await startPostgres({ dataDir, port, durability: "none" }));
  await vi.waitFor(async () => expect((await acquire("three")).outcome.case).toBe("grant"), { timeout: 10_000 });
}, 60_000);
