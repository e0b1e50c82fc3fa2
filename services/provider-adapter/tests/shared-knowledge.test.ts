import { type AddressInfo, connect, createServer } from "node:net";
import { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import { createPool, type Pool } from "@sluice/postgres";
import { Code } from "@sluice/rpc";
import { type FakeProvider, startFakeProvider } from "@sluice/testing/fake-provider/start";
import { createTestDatabase } from "@sluice/testing/postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { attempt, openaiBody, startAdapter } from "./_adapter.ts";

let fake: FakeProvider;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
const ended: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  fake = await startFakeProvider({ anyModel: true });
});
beforeEach(async () => {
  fake.reset();
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
  await database[Symbol.asyncDispose]();
});
afterAll(() => fake.close());

function openPool(url = database.url): Pool {
  const pool = createPool({ url, applicationName: "adapter-test", connectTimeoutMs: 300 });
  ended.push(() => pool.end());
  return pool;
}

function replica(pool: Pool | "none" = openPool()) {
  const adapter = startAdapter(fake, {}, pool === "none" ? {} : { pool });
  ended.push(() => adapter.close());
  return adapter;
}

const model = "openai/some-model";
const body = { model, messages: [{ role: "user", content: "say hello" }], temperature: 0.2 };

function refuseTemperature(): void {
  fake.script({
    times: "always",
    match: { bodyContains: '"temperature"' },
    raw: {
      status: 400,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        error: {
          message: "Unsupported parameter: 'temperature' is not supported with this model.",
          type: "invalid_request_error",
          param: "temperature",
          code: "unsupported_parameter",
        },
      }),
    },
  });
}

async function complete(adapter: ReturnType<typeof startAdapter>, more: object = {}) {
  const { outcome } = await adapter.client.complete({
    attempt: { ...attempt(model), ...more },
    payload: openaiBody(body),
  });
  return outcome.case;
}

const soon = { timeout: 5_000, interval: 50 };
const names = async (adapter: ReturnType<typeof startAdapter>) =>
  (await adapter.operations.listLearnedRules({})).learnedRules.map((rule) => `${rule.model} ${rule.parameter}`);

describe("what one replica learns", () => {
  test("all replicas know, and one that starts later", async () => {
    const [first, second] = [replica(), replica()];
    refuseTemperature();
    expect(await complete(first)).toBe("success");
    await expect.poll(() => names(second), soon).toEqual([`${model} temperature`]);

    const before = fake.requests.length;
    expect(await complete(second)).toBe("success");
    expect(fake.requests).toHaveLength(before + 1);
    expect(await complete(second, { parameterMode: ParameterMode.STRICT })).toBe("failure");
    expect(fake.requests).toHaveLength(before + 1);

    const third = replica();
    await expect.poll(() => names(third), soon).toEqual([`${model} temperature`]);
  });

  test("is forgotten by all when an operator says so", async () => {
    const [first, second] = [replica(), replica()];
    refuseTemperature();
    await complete(first);
    await expect.poll(() => names(second), soon).toHaveLength(1);
    const [rule] = (await second.operations.listLearnedRules({ model })).learnedRules;
    expect(rule).toMatchObject({
      dialect: "openai.chat",
      action: { case: "drop" },
      evidence: "Unsupported parameter: 'temperature",
      attemptId: "a-1",
    });
    await second.operations.deleteLearnedRule({ name: rule?.name ?? "" });
    expect(await names(second)).toEqual([]);
    await expect.poll(() => names(first), soon).toEqual([]);
    await expect(second.operations.deleteLearnedRule({ name: rule?.name ?? "" })).rejects.toMatchObject({
      code: Code.NotFound,
    });
  });

  test("is known where the store is away, and shared when it is back", async () => {
    const [target, store] = [new URL(database.url), new URL(database.url)];
    const relay = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      near.on("error", () => far.destroy()).pipe(far);
      far.on("error", () => near.destroy()).pipe(near);
    });
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    const { port } = relay.address() as AddressInfo;
    await new Promise((resolve) => relay.close(resolve));
    store.host = `127.0.0.1:${port}`;

    const away = replica(openPool(store.href));
    const other = replica();
    refuseTemperature();
    expect(await complete(away)).toBe("success");
    expect(await complete(away)).toBe("success");
    expect(fake.requests).toHaveLength(3);
    expect(await names(away)).toEqual([`${model} temperature`]);
    await expect(away.operations.deleteLearnedRule({ name: "learnedRules/x" })).rejects.toMatchObject({
      code: Code.Unavailable,
    });

    await new Promise<void>((resolve) => relay.listen(port, "127.0.0.1", resolve));
    ended.unshift(async () => void relay.close());
    await expect.poll(() => names(other), soon).toEqual([`${model} temperature`]);
  });

  test("is told a page at a time", async () => {
    const adapter = replica("none");
    refuseTemperature();
    for (const name of ["openai/b", "openai/a", "openai/c"]) await complete(adapter, { model: name });
    const seen: string[] = [];
    let pageToken = "";
    do {
      const page = await adapter.operations.listLearnedRules({ pageSize: 2, pageToken });
      expect(page.learnedRules.length).toBeLessThanOrEqual(2);
      seen.push(...page.learnedRules.map((rule) => rule.model));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(seen).toEqual(["openai/a", "openai/b", "openai/c"]);
  });
});

describe("an exchange that is to be kept", () => {
  test.each(["in memory", "in the store"])("is there, call by call, without the credential: %s", async (where) => {
    const adapter = replica(where === "in memory" ? "none" : openPool());
    refuseTemperature();
    await complete(adapter, { captureRaw: true });
    await complete(adapter, { attemptId: "a-2", requestId: "r-2", captureRaw: false });
    const list = () => adapter.operations.listRawExchanges({ requestId: "r-1" });
    // Before the store was reached for the first time it is said to be away.
    await expect.poll(() => list().then(({ rawExchanges }) => rawExchanges.length), soon).toBe(2);
    const { rawExchanges } = await list();
    expect(rawExchanges.map(({ sequence, responseStatus }) => [sequence, responseStatus])).toEqual([
      [0, 400],
      [1, 200],
    ]);
    const [refused, answered] = rawExchanges;
    expect(refused).toMatchObject({ attemptId: "a-1", model, url: `${fake.openaiBaseUrl}/chat/completions` });
    expect(Buffer.from(refused?.requestBody ?? []).toString()).toBe(JSON.stringify({ ...body, model: "some-model" }));
    expect(Buffer.from(refused?.responseBody ?? []).toString()).toContain("unsupported_parameter");
    expect(refused?.requestHeaders["authorization"]).toBe("[removed]");
    expect(
      JSON.stringify(rawExchanges, (_, value) => (typeof value === "bigint" ? Number(value) : value)),
    ).not.toContain("sk-upstream-secret");
    expect(JSON.parse(Buffer.from(answered?.responseBody ?? []).toString())).toMatchObject({
      object: "chat.completion",
    });
    expect((await adapter.operations.listRawExchanges({ requestId: "r-2" })).rawExchanges).toEqual([]);
  });

  test("is found by another replica", async () => {
    const [first, second] = [replica(), replica()];
    await complete(first, { captureRaw: true });
    await expect
      .poll(async () => (await second.operations.listRawExchanges({ requestId: "r-1" })).rawExchanges.length, soon)
      .toBe(1);
  });

  test("of a stream is every byte that came, also where it broke", async () => {
    const adapter = replica("none");
    const read = async (requestId: string) => {
      const pieces: Buffer[] = [];
      for await (const { event } of adapter.client.stream({
        attempt: { ...attempt(model), requestId, captureRaw: true },
        payload: openaiBody({ ...body, stream: true, stream_options: { include_usage: true } }),
      })) {
        if (event.case === "chunk") pieces.push(Buffer.from(event.value.body));
      }
      return Buffer.concat(pieces).toString();
    };
    const kept = async (requestId: string) => {
      const { rawExchanges } = await adapter.operations.listRawExchanges({ requestId });
      return { length: rawExchanges.length, body: Buffer.from(rawExchanges[0]?.responseBody ?? []).toString() };
    };
    const text = await read("whole");
    expect(await kept("whole")).toEqual({ length: 1, body: text });
    fake.script({ times: "always", fault: { name: "reset-mid-stream", afterEvents: 2 } });
    const part = await read("broken");
    expect(await kept("broken")).toMatchObject({ length: 1, body: expect.stringContaining(part) });
  });

  test("is cut where it is longer than what is kept of one", async () => {
    const adapter = replica("none");
    fake.script({ times: "always", reply: { text: "word ".repeat(3_000) } });
    await complete(adapter, { captureRaw: true });
    const [exchange] = (await adapter.operations.listRawExchanges({ requestId: "r-1" })).rawExchanges;
    expect(exchange?.truncated).toBe(true);
    expect(exchange?.responseBody).toHaveLength(4_096);
  });

  test("is there too where there was no answer", async () => {
    const adapter = replica("none");
    fake.script({ times: "always", fault: { name: "reset-before-headers" } });
    await complete(adapter, { captureRaw: true });
    const [exchange] = (await adapter.operations.listRawExchanges({ requestId: "r-1" })).rawExchanges;
    expect(exchange).toMatchObject({ responseStatus: 0, truncated: false });
  });
});
