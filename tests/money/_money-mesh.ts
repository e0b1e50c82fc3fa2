import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BillingService, SpendDimension } from "@sluice/api/sluice/billing/v1/billing_service";
import { GovernanceService } from "@sluice/api/sluice/policy/v1/governance_service";
import { createClient, createStockTransport } from "@sluice/rpc";
import { spawnFakeProvider } from "@sluice/testing/fake-provider/spawn";
import { type Mesh, startMesh } from "@sluice/tools/mesh";
import { Pool } from "undici";

export const keySecret = "sk-test-money-0123456789abcdef";
const adminToken = "sluice-admin-for-the-money-tests-0123456789";

/** What one request of `ask` costs at the prices below: the fake reports exactly this usage. */
export const usage = { inputTokens: 100, outputTokens: 50 };
const inputUsdPerMtok = 1;
const outputUsdPerMtok = 4;
export const costNanos = BigInt(
  usage.inputTokens * inputUsdPerMtok * 1000 + usage.outputTokens * outputUsdPerMtok * 1000,
);

export type MoneyMesh = Awaited<ReturnType<typeof startMoneyMesh>>;

/** A mesh whose only model costs `costNanos` a request, in front of a fake provider that is a process of its own. */
export async function startMoneyMesh(options: {
  routers: number;
  limitNanos: bigint | undefined;
  replyDelayMs: number;
}) {
  const dataDir = await mkdtemp(join(tmpdir(), "sluice-money-"));
  const fake = await spawnFakeProvider({ anyModel: true });
  await fake.script({
    times: "always",
    reply: { text: "fine", usage },
    pace: { headersDelayMs: options.replyDelayMs },
  });
  const configPath = join(dataDir, "sluice.yaml");
  const limit = options.limitNanos;
  const usd = limit === undefined ? "" : `${limit / 1_000_000_000n}.${String(limit % 1_000_000_000n).padStart(9, "0")}`;
  await writeFile(
    configPath,
    [
      "providers:",
      "  - name: fake",
      "    kind: openai_compatible",
      `    base_url: ${fake.openaiBaseUrl}`,
      "    api_keys: [any]",
      "    models:",
      `      - {name: m, context_window: 8192, max_output_tokens: 200, price: {input_usd_per_mtok: "${inputUsdPerMtok}", output_usd_per_mtok: "${outputUsdPerMtok}"}}`,
      "teams:",
      "  - {name: research, models: ['*']}",
      "keys:",
      `  - {name: load, team: research, secret: ${keySecret}}`,
      ...(limit === undefined
        ? []
        : ["budgets:", `  - {name: cap, scope: {team: research}, limit_usd: "${usd}", window: month}`]),
      "",
    ].join("\n"),
  );
  const mesh = await startMesh({
    dataDir,
    toolsDir: ".tools",
    port: 0,
    routers: options.routers,
    adminToken,
    env: { ...process.env, SLUICE_CONFIG: configPath, SLUICE_LOG_LEVEL: "warn" },
    output: (name, text) => process.env["SLUICE_TEST_OUTPUT"] && process.stdout.write(`[${name}] ${text}`),
  });
  const routers = Object.values(mesh.services).filter((service) => service.name.startsWith("router"));
  const pools = new Map(routers.map((router) => [router.name, new Pool(router.url, { connections: 64 })]));
  const headers = { authorization: `Bearer ${adminToken}` };
  const billing = createClient(BillingService, transportTo(mesh, "billing"));
  const governance = createClient(GovernanceService, transportTo(mesh, "policy"));

  return {
    mesh,
    fake,
    routers,
    /** One request; the status, or 0 where the connection failed. */
    async ask(router: string): Promise<number> {
      try {
        const { statusCode, body } = await (pools.get(router) as Pool).request({
          path: "/v1/chat/completions",
          method: "POST",
          headers: { authorization: `Bearer ${keySecret}`, "content-type": "application/json" },
          body: JSON.stringify({
            model: "fake/m",
            max_tokens: 60,
            messages: [{ role: "user", content: "how are you" }],
          }),
          headersTimeout: 30_000,
        });
        await body.dump();
        return statusCode;
      } catch {
        return 0;
      }
    },
    /** The sum of the ledger, and how many rows it has. */
    async ledger(): Promise<{ costNanos: bigint; attempts: bigint; rows: bigint }> {
      const { rows } = await billing.querySpend({ groupBy: [SpendDimension.TEAM] }, { headers });
      const [row] = rows;
      return { costNanos: row?.cost?.usdNanos ?? 0n, attempts: row?.attempts ?? 0n, rows: row?.requests ?? 0n };
    },
    async budget() {
      const { budgets } = await governance.listBudgets({}, { headers });
      const status = budgets.find((each) => each.budget?.name === "budgets/cap");
      const nanos = (money: { usdNanos: bigint } | undefined) => money?.usdNanos ?? 0n;
      return { committed: nanos(status?.committed), presumed: nanos(status?.presumed), leased: nanos(status?.leased) };
    },
    async stop() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      await mesh.stop();
      await fake.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function transportTo(mesh: Mesh, name: string) {
  return createStockTransport({
    baseUrl: mesh.services[name]?.url ?? "",
    httpVersion: "1.1",
    serviceName: "sluice.test",
  });
}

/** Runs `count` tasks, `width` at a time. */
export async function inParallel(count: number, width: number, task: (place: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let place = next++; place < count; place = next++) await task(place);
  };
  await Promise.all(Array.from({ length: width }, work));
}
