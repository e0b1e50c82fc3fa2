import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { costNanos, inParallel, type MoneyMesh, startMoneyMesh } from "./_money-mesh.ts";

const covered = 300n;
const capNanos = covered * costNanos;

let sluice: MoneyMesh | undefined;
afterEach(async () => {
  await sluice?.stop();
  sluice = undefined;
});

/** Waits until the ledger has stopped growing, and returns it. */
async function settledLedger(mesh: MoneyMesh) {
  let before = await mesh.ledger();
  for (;;) {
    await sleep(1_000);
    const now = await mesh.ledger();
    if (now.attempts === before.attempts) return now;
    before = now;
  }
}

test("1,000 requests, 64 at a time, over two routers never spend more than a cap for 300", async () => {
  sluice = await startMoneyMesh({ routers: 2, limitNanos: capNanos, replyDelayMs: 20 });
  const mesh = sluice;
  let answered = 0;
  let refused = 0;
  await inParallel(1_000, 64, async (place) => {
    const status = await mesh.ask(place % 2 === 0 ? "router" : "router-2");
    if (status === 200) answered += 1;
    else if (status === 429) refused += 1;
  });
  expect(answered + refused).toBe(1_000);
  expect(answered).toBeGreaterThan(0);
  const ledger = await settledLedger(mesh);
  expect(ledger.attempts).toBe(BigInt(answered));
  expect(ledger.costNanos).toBe(BigInt(answered) * costNanos);
  expect(ledger.costNanos).toBeLessThanOrEqual(capNanos);
});

test("refused clients that retry while others are in flight use at least 95 % of the cap", async () => {
  sluice = await startMoneyMesh({ routers: 2, limitNanos: capNanos, replyDelayMs: 20 });
  const mesh = sluice;
  // A client that is refused asks again for as long as anyone else is being answered, and a moment longer.
  const graceMs = 1_500;
  let lastAnswerMs = performance.now();
  const client = async (place: number) => {
    while (performance.now() - lastAnswerMs < graceMs) {
      const status = await mesh.ask(place % 2 === 0 ? "router" : "router-2");
      if (status === 200) lastAnswerMs = performance.now();
      else await sleep(20);
    }
  };
  await Promise.all(Array.from({ length: 64 }, (_, place) => client(place)));
  const ledger = await settledLedger(mesh);
  expect(ledger.costNanos).toBeLessThanOrEqual(capNanos);
  expect(Number(ledger.costNanos) / Number(capNanos)).toBeGreaterThanOrEqual(0.95);
});

test("a router killed in the middle never leads over the cap, and what was presumed is corrected from its journal", async () => {
  sluice = await startMoneyMesh({ routers: 2, limitNanos: capNanos, replyDelayMs: 50 });
  const mesh = sluice;
  const second = mesh.routers[1];
  let asked = 0;
  const load = inParallel(1_000, 64, async (place) => {
    asked += 1;
    await mesh.ask(place % 2 === 0 ? "router" : "router-2");
  });
  while (asked < 150) await sleep(5);
  await second?.kill();
  await load;
  const killed = await settledLedger(mesh);
  expect(killed.attempts).toBeGreaterThan(0n);
  expect(killed.costNanos).toBeLessThanOrEqual(capNanos);

  await second?.restart();
  await second?.whenReady(30_000);
  await expect
    .poll(
      async () => {
        const [budget, ledger] = [await mesh.budget(), await settledLedger(mesh)];
        return { presumed: budget.presumed, unexplained: budget.committed - ledger.costNanos };
      },
      { timeout: 90_000, interval: 1_000 },
    )
    .toEqual({ presumed: 0n, unexplained: 0n });
  expect((await settledLedger(mesh)).costNanos).toBeLessThanOrEqual(capNanos);
});
