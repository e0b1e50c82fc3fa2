import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fakeProviders, researchKey, twoTeams } from "./_config.ts";
import { doors, knock, openaiDoor } from "./_dialects.ts";
import { type RawAnswer, send } from "./_http.ts";
import { eventually, type Sluice, startMeshSluice } from "./_sluice.ts";

const model = "openai/fake-echo";
const readyTimeoutMs = 30_000;

describe("a router whose neighbours die", () => {
  let fake: FakeProvider;
  let sluice: Sluice;
  let asked = 0;

  beforeAll(async () => {
    fake = await startFakeProvider();
    sluice = await startMeshSluice({
      config: {
        providers: fakeProviders(fake, ["fake-echo"]),
        ...twoTeams,
        budgets: [{ name: "everything", limit_usd: "10", window: "day" }],
        cache: { exact: { ttl: "1h" } },
      },
    });
  });
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
  });

  /** A question that no cache has the answer to. */
  const ask = (door = openaiDoor): Promise<RawAnswer> => {
    asked += 1;
    return knock(sluice, door, researchKey, door.body(model, { messages: [{ role: "user", content: `No ${asked}` }] }));
  };

  const readiness = async () => {
    const answer = await send(`${sluice.url}/readyz`, { method: "GET" });
    return { status: answer.status, body: answer.text };
  };

  /** Runs `meanwhile` with a service dead, and starts it again whatever happens. */
  async function without(name: string, meanwhile: () => Promise<void>): Promise<void> {
    const service = sluice.services[name];
    if (service === undefined) throw new Error(`no service ${name}`);
    await service.kill();
    try {
      await meanwhile();
    } finally {
      await service.restart();
      await service.whenReady(readyTimeoutMs);
    }
  }

  test("cache: every look-up is a miss, and nobody waits for it", async () => {
    await without("cache", async () => {
      for (let place = 0; place < 3; place += 1) {
        const startMs = performance.now();
        const answer = await ask();
        expect(answer.status).toBe(200);
        expect(answer.headers["x-sluice-cache"]).toBe("miss");
        expect(performance.now() - startMs).toBeLessThan(1_000);
      }
    });
    expect((await ask()).status).toBe(200);
  });

  test("provider-adapter: 503 in the caller's dialect, for nothing, until it is back", async () => {
    await without("provider-adapter", async () => {
      for (const door of doors) {
        const answer = await ask(door);
        expect(answer.status).toBe(503);
        expect(door.readError(answer.json()).message).toMatch(/provider-adapter/);
        const [entry] = await sluice.ledgerOf(String(answer.headers["x-sluice-request-id"]));
        expect(entry?.event?.cost?.usdNanos).toBe(0n);
      }
    });
    await eventually(
      () => ask(),
      (answer) => answer.status === 200,
      { what: "an answer" },
    );
  });

  test("policy: the snapshot and the leases held go on", async () => {
    expect((await ask()).status).toBe(200);
    await without("policy", async () => {
      for (let place = 0; place < 5; place += 1) expect((await ask()).status).toBe(200);
    });
    expect((await ask()).status).toBe(200);
  });

  test("billing: what happens meanwhile is booked when it is back, once", async () => {
    const ids: string[] = [];
    await without("billing", async () => {
      for (let place = 0; place < 5; place += 1) ids.push(String((await ask()).headers["x-sluice-request-id"]));
    });
    for (const id of ids) expect(await sluice.ledgerOf(id, undefined, 30_000)).toHaveLength(1);
  });

  test("NATS: the journal keeps what happens, readiness says so, and it is booked when it is back, once", async () => {
    const nats = sluice.nats;
    if (nats === undefined) throw new Error("a mesh has a nats-server");
    const ids: string[] = [];
    await nats.kill();
    try {
      for (let place = 0; place < 5; place += 1) {
        const answer = await ask();
        expect(answer.status).toBe(200);
        ids.push(String(answer.headers["x-sluice-request-id"]));
      }
      await eventually(readiness, ({ status, body }) => status === 200 && /"usage".*?degraded/s.test(body), {
        timeoutMs: 15_000,
        what: "readiness",
      });
    } finally {
      await nats.restart();
    }
    for (const id of ids) expect(await sluice.ledgerOf(id, undefined, 30_000)).toHaveLength(1);
    await eventually(readiness, ({ body }) => !body.includes("degraded"), { timeoutMs: 15_000, what: "readiness" });
  });
});
