import { BillingUnit } from "@sluice/api/sluice/common/v1/price";
import { createManualClock, silentLogger } from "@sluice/runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createProviderRegistry, type ProviderRegistry } from "../src/provider-registry.ts";
import { refreshPrices } from "../src/refresh-prices.ts";
import { type Answer, startServer } from "./_server.ts";

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

const list = (inputUsd: number) => [
  {
    id: "openai",
    name: "OpenAI",
    api_pattern: "https://api\\.openai\\.com",
    models: [{ id: "gpt-9", match: { equals: "gpt-9" }, prices: { input_mtok: inputUsd, output_mtok: 2 } }],
  },
];

/** A registry whose prices are refreshed from a server that answers as it is told. */
async function start(answer: () => Answer | undefined) {
  const server = await startServer(answer);
  const registry = createProviderRegistry({
    configPath: undefined,
    env: { OPENAI_API_KEY: "key", ANTHROPIC_API_KEY: "key" },
    clock: createManualClock(Date.UTC(2026, 10, 22)),
    logger: silentLogger,
    signal: stop.signal,
  });
  const bundled = registry.description;
  const refresh = refreshPrices({
    url: `${server.url}/prices.json`,
    everyMs: 3_600_000,
    onList: registry.takePrices,
    logger: silentLogger,
    signal: stop.signal,
  });
  return { server, registry, refresh, bundled, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function inputNanos(registry: ProviderRegistry, name: string): bigint | undefined {
  const rates = registry.model(name)?.price?.tiers[0]?.rates;
  return rates?.find((rate) => rate.unit === BillingUnit.INPUT_TOKEN)?.usdNanosPerMillion;
}

test("a list that is refreshed holds for the providers that it names, and the rest stays", async () => {
  await using all = await start(() => ({ body: list(1) }));
  const { registry, refresh, bundled } = all;
  const claude = inputNanos(registry, "anthropic/claude-sonnet-4-5");
  await refresh.look();
  expect(inputNanos(registry, "openai/gpt-9")).toBe(1_000_000_000n);
  expect(registry.model("openai/gpt-4o")).toBeUndefined();
  expect(inputNanos(registry, "anthropic/claude-sonnet-4-5")).toBe(claude);
  expect(registry.description.etag).not.toBe(bundled.etag);
  expect(registry.model("openai/gpt-9")?.price?.source).toMatch(/^127\.0\.0\.1:\d+\/prices\.json$/);
});

test("a list that has not changed is not read again, and one that has is", async () => {
  let answer: Answer = { body: list(1), headers: { etag: '"one"' } };
  await using all = await start(() => answer);
  const { server, registry, refresh } = all;
  await refresh.look();
  const described = registry.description;
  answer = { status: 304 };
  await refresh.look();
  expect(server.seen.at(-1)?.headers["if-none-match"]).toBe('"one"');
  expect(registry.description).toBe(described);
  answer = { body: list(3), headers: { etag: '"two"' } };
  await refresh.look();
  expect(inputNanos(registry, "openai/gpt-9")).toBe(3_000_000_000n);
});

describe("nothing changes where the list", () => {
  test.each<[string, () => Answer, RegExp]>([
    ["is answered with an error", () => ({ status: 500 }), /^it answered 500$/],
    ["is moved elsewhere", () => ({ status: 302, headers: { location: "/x" } }), /^it answered 302$/],
    ["is not JSON", () => ({ body: "<html>" }), /^it is not JSON$/],
    ["is of another form", () => ({ body: [{ id: "openai" }] }), /^openai\.models: expected a list$/],
    ["is empty", () => ({ body: [] }), /^there is no provider in it$/],
    ["is larger than any", () => ({ body: " ".repeat(17 * 1024 * 1024) }), /^it is larger than 16777216 bytes$/],
  ])("%s, and what is wrong is told", async (_what, bad, trouble) => {
    let answer: () => Answer = () => ({ body: list(1) });
    await using all = await start(() => answer());
    const { registry, refresh } = all;
    await refresh.look();
    const { etag } = registry.description;
    answer = bad;
    await refresh.look();
    expect(refresh.trouble).toMatch(trouble);
    expect(registry.description.etag).toBe(etag);
    answer = () => ({ body: list(2) });
    await refresh.look();
    expect(refresh.trouble).toBeUndefined();
    expect(inputNanos(registry, "openai/gpt-9")).toBe(2_000_000_000n);
  });
});

test("a server that is not there takes nothing away, and is not needed at start", async () => {
  const registry = createProviderRegistry({
    configPath: undefined,
    env: { OPENAI_API_KEY: "key" },
    clock: createManualClock(Date.UTC(2026, 10, 22)),
    logger: silentLogger,
    signal: stop.signal,
  });
  const refresh = refreshPrices({
    url: "http://127.0.0.1:1/prices.json",
    everyMs: 3_600_000,
    onList: registry.takePrices,
    logger: silentLogger,
    signal: stop.signal,
  });
  expect(inputNanos(registry, "openai/gpt-4o")).toBeGreaterThan(0n);
  await refresh.look();
  expect(refresh.trouble).toBe("it could not be fetched (ECONNREFUSED)");
  expect(inputNanos(registry, "openai/gpt-4o")).toBeGreaterThan(0n);
});
