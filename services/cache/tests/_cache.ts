import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { CacheEntrySchema } from "@sluice/api/sluice/cache/v1/cache_entry";
import { CacheService } from "@sluice/api/sluice/cache/v1/cache_service";
import { StoredResponseService } from "@sluice/api/sluice/cache/v1/stored_response_service";
import { createPool, migrate, type Pool } from "@sluice/postgres";
import { type Client, createClient, createDirectTransport } from "@sluice/rpc";
import { type Clock, createLifecycle, type Lifecycle, silentLogger, systemClock } from "@sluice/runtime";
import { createTestDatabase, type TestDatabase } from "@sluice/testing/postgres";
import { type CacheConfig, createCache, migrations, readCacheConfig, schema } from "../src/index.ts";

/** A cache as a caller sees it, with what a test looks at behind its back. */
export interface TestCache extends AsyncDisposable {
  readonly client: Client<typeof CacheService>;
  readonly storedResponses: Client<typeof StoredResponseService>;
  readonly pool: Pool;
  readonly lifecycle: Lifecycle;
  /** Resolves when the store's readiness is this. */
  untilStoreIs(state: "ok" | "degraded"): Promise<void>;
}

export interface TestCacheOptions {
  readonly url: string;
  readonly config?: Partial<CacheConfig>;
  readonly clock?: Clock;
}

export function createCacheDatabase(): Promise<TestDatabase> {
  return createTestDatabase({
    template: "cache",
    migrate: async (url) => {
      await using pool = createPool({ url, applicationName: "test" });
      await migrate(pool, { schema, migrations });
    },
  });
}

export function startCache(options: TestCacheOptions): TestCache {
  const lifecycle = createLifecycle({ logger: silentLogger, ownsProcess: false });
  const pool = lifecycle.use(
    "postgres",
    createPool({ url: options.url, applicationName: "cache", connectTimeoutMs: 1_000 }),
  );
  const config = { ...readCacheConfig({}), ...options.config };
  const { services } = createCache({
    pool,
    config,
    clock: options.clock ?? systemClock,
    logger: silentLogger,
    lifecycle,
  });
  const transport = createDirectTransport({ registrations: services, logger: silentLogger, serviceName: "test" });
  return {
    client: createClient(CacheService, transport),
    storedResponses: createClient(StoredResponseService, transport),
    pool,
    lifecycle,
    untilStoreIs: (state) =>
      eventually(async () => (await lifecycle.readiness()).checks["cache store"]?.state === state),
    [Symbol.asyncDispose]: () => lifecycle.drain("end of test"),
  };
}

export function keyOf(question: string, partition = "team:research") {
  return { partition, digest: createHash("sha256").update(question).digest() };
}

export function store(
  cache: TestCache,
  question: string,
  options: { partition?: string; ttlMs?: number; body?: string } = {},
) {
  const entry = create(CacheEntrySchema, {
    dialect: "openai.chat",
    body: Buffer.from(options.body ?? `answer to ${question}`),
    model: "openai/gpt-5.5",
    usage: { inputTokens: 10, outputTokens: 20 },
    cost: { usdNanos: 123_456n },
  });
  const ttl = durationFromMs(options.ttlMs ?? 60_000);
  return cache.client.store({ key: keyOf(question, options.partition), entry, ttl });
}

/** The body of the answer, or undefined for a miss. */
export async function find(cache: TestCache, question: string, partition?: string): Promise<string | undefined> {
  const { entry } = await cache.client.lookup({ key: keyOf(question, partition) });
  return entry === undefined ? undefined : Buffer.from(entry.body).toString();
}

export async function eventually(holds: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`did not hold within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
