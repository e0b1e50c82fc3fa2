import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { GovernanceService } from "@sluice/api/sluice/policy/v1/governance_service";
import { PolicyService } from "@sluice/api/sluice/policy/v1/policy_service";
import { Code, createClient, createFastTransport } from "@sluice/rpc";
import { expect, it, vi } from "vitest";
import { createPolicyDatabase } from "./lease-database.ts";
import { failure, watch } from "./policy-harness.ts";

const meshSecret = "a-mesh-secret-of-24-characters";
const adminToken = "an-admin-token";

it("runs as a process of its own: serves who may call, keeps the first key, ends on SIGTERM", async () => {
  await using cleanup = new AsyncDisposableStack();
  const database = cleanup.use(await createPolicyDatabase());
  const dataDir = await mkdtemp(join(tmpdir(), "sluice-policy-"));
  cleanup.defer(() => rm(dataDir, { recursive: true }));
  const child = spawn(process.execPath, ["--import", "./telemetry.ts", "main.ts"], {
    cwd: new URL("..", import.meta.url),
    env: {
      PATH: process.env["PATH"],
      DATABASE_URL: database.url,
      SLUICE_PORT: "0",
      SLUICE_DATA_DIR: dataDir,
      SLUICE_MESH_SECRET: meshSecret,
      SLUICE_ADMIN_TOKEN: adminToken,
      SLUICE_ADAPTER_URL: "http://127.0.0.1:9",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  cleanup.defer(() => void child.kill("SIGKILL"));
  const baseUrl = await readUrl(child);

  const connect = (secret: string) =>
    cleanup.use(createFastTransport({ baseUrl, meshSecret: secret, serviceName: "test" }));
  const [mesh, admin] = [connect(meshSecret), connect(adminToken)];
  const snapshot = await watch({ policy: createClient(PolicyService, mesh) }).next();
  expect(snapshot.keys.map(({ id }) => id)).toEqual(["default"]);
  const file = join(dataDir, "default-key");
  expect(await readFile(file, "utf8")).toMatch(/^sk-sluice-[0-9A-Za-z]{43}\n$/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await createClient(GovernanceService, admin).listTeams({})).teams).toHaveLength(1);
  expect(await failure(createClient(GovernanceService, mesh).listTeams({}))).toMatchObject({
    code: Code.PermissionDenied,
  });
  const acquire = { requestId: "r", instanceId: "i", demands: [{ budget: "b", minimum: {}, desired: {} }] };
  expect(await failure(createClient(PolicyService, admin).acquireLeases(acquire))).toMatchObject({
    code: Code.PermissionDenied,
  });
  await vi.waitFor(async () => expect((await fetch(`${baseUrl}/readyz`)).status).toBe(200));
  expect(await (await fetch(`${baseUrl}/metrics`)).text()).toContain("sluice_policy_snapshots_published");

  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
}, 60_000);

async function readUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the process has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /"url":"([^"]+)"/.exec(line)?.[1];
    if (url !== undefined) {
      child.stdout.resume();
      return url;
    }
  }
  throw new Error("the process ended before it listened");
}
