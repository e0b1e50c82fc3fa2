import { setTimeout as sleep } from "node:timers/promises";
import { createPool } from "@sluice/postgres";
import { afterEach, expect, test } from "vitest";
import { costNanos, inParallel, type MoneyMesh, startMoneyMesh } from "./_money-mesh.ts";

let sluice: MoneyMesh | undefined;
afterEach(async () => {
  await sluice?.stop();
  sluice = undefined;
});

test("while 2,000 requests run, billing is killed twice and nats-server once: one row for each attempt", async () => {
  sluice = await startMoneyMesh({ routers: 1, limitNanos: undefined, replyDelayMs: 10 });
  const mesh = sluice;
  const billing = mesh.mesh.services["billing"];
  let answered = 0;
  const load = inParallel(2_000, 32, async () => {
    if ((await mesh.ask("router")) === 200) answered += 1;
    await sleep(20);
  });
  const reach = async (count: number) => {
    while (answered < count) await sleep(5);
  };
  await reach(300);
  await billing?.kill();
  await reach(600);
  await billing?.restart();
  await reach(900);
  await mesh.mesh.nats?.kill();
  await reach(1_200);
  await mesh.mesh.nats?.restart();
  await billing?.kill();
  await reach(1_500);
  await billing?.restart();
  await load;
  expect(answered).toBe(2_000);
  await billing?.whenReady(30_000);

  await expect.poll(async () => (await mesh.ledger()).attempts, { timeout: 60_000, interval: 500 }).toBe(2_000n);
  expect((await mesh.ledger()).costNanos).toBe(2_000n * costNanos);
  const pool = createPool({ url: mesh.mesh.databaseUrl, applicationName: "test" });
  try {
    const { rows } = await pool.query<{ entries: bigint; attempts: bigint }>(
      "select count(*) as entries, count(distinct attempt_id) as attempts from billing.ledger_entries",
    );
    expect(rows[0]).toEqual({ entries: 2_000n, attempts: 2_000n });
  } finally {
    await pool.end();
  }
});
