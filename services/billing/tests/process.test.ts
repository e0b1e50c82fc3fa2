import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { startTestNats } from "@sluice/testing";
import { expect, test } from "vitest";
import { createBillingDatabase, eventually } from "./billing-under-test.ts";

const meshSecret = "mesh-secret-of-the-billing-test";
const adminToken = "admin-token-of-the-billing-test";

test("runs as a process: serves operators and the mesh, says how it is, and ends in good order", async () => {
  await using database = await createBillingDatabase();
  await using nats = await startTestNats();
  const folder = new URL("..", import.meta.url);
  const child = spawn(process.execPath, ["--import", "./telemetry.ts", "main.ts"], {
    cwd: folder,
    env: {
      SLUICE_PORT: "0",
      DATABASE_URL: database.url,
      NATS_URL: nats.url,
      SLUICE_MESH_SECRET: meshSecret,
      SLUICE_ADMIN_TOKEN: adminToken,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => lines.push(line));
  try {
    const url = await eventually(
      "the listener",
      () => /http:\/\/127\.0\.0\.1:\d+/.exec(lines.find((line) => line.includes("billing listens")) ?? "")?.[0],
    );
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await eventually("readiness", async () => {
      const { checks } = (await (await fetch(`${url}/readyz`)).json()) as { checks: Record<string, { state: string }> };
      return checks["billing_store"]?.state === "ok" && checks["billing_events"]?.state === "ok";
    });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("sluice_billing_backlog");
    expect((await fetch(`${url}/nothing`)).status).toBe(404);

    const call = async (method: string, token?: string) => {
      const response = await fetch(`${url}/sluice.billing.v1.BillingService/${method}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: "{}",
      });
      return response.status;
    };
    expect(await call("QuerySpend")).toBe(401);
    expect(await call("QuerySpend", adminToken)).toBe(200);
    expect(await call("ListLedgerEntries", adminToken)).toBe(200);
    expect(await call("RecordUsage", adminToken)).toBe(403);
    expect(await call("RecordUsage", meshSecret)).toBe(200);

    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number | null];
    expect({ code, lines: code === 0 ? [] : lines }).toEqual({ code: 0, lines: [] });
    expect(lines.join("\n")).not.toContain(meshSecret);
  } finally {
    child.kill("SIGKILL");
  }
});
