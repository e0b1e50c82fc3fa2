import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPool, type EmbeddedPostgres, startPostgres } from "@sluice/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { find, startCache, store } from "./_cache.ts";

// Roles belong to a whole server, so this one has a server of its own.
let dataDir: string;
let server: EmbeddedPostgres;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "sluice-test-role-"));
  server = await startPostgres({ dataDir, durability: "none" });
  await using pool = createPool({ url: server.url, applicationName: "test" });
  await pool.query(await readInitialization());
});
afterAll(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const password = "it's a password";

/** deploy/postgres/init.sql as psql would send it: its own commands left out, its variables filled in. */
async function readInitialization(): Promise<string> {
  const text = await readFile(new URL("../../../deploy/postgres/init.sql", import.meta.url), "utf8");
  return text
    .replaceAll(/^\\getenv .*$/gm, "")
    .replaceAll(/:'\w+'/g, `'${password.replaceAll("'", "''")}'`)
    .replaceAll(':"DBNAME"', '"sluice"');
}

function urlAs(role: string): string {
  const url = new URL(server.url);
  url.username = role;
  url.password = encodeURIComponent(password);
  return url.href;
}

describe("the role that init.sql makes for the cache", () => {
  it("is all that the cache needs", async () => {
    await using cache = startCache({ url: urlAs("sluice_cache"), config: { sweepInterval: 100 } });
    await cache.untilStoreIs("ok");
    expect(await store(cache, "q")).toMatchObject({ stored: true });
    expect(await find(cache, "q")).toBe("answer to q");
    expect(await cache.client.purge({ partition: "team:research" })).toMatchObject({ entries: 1n });
  });

  it("cannot leave its schema, nor can others enter", async () => {
    await using own = createPool({ url: urlAs("sluice_cache"), applicationName: "test" });
    for (const statement of ["create schema another", "create table public.t ()", "create table billing.t ()"]) {
      await expect(own.query(statement), statement).rejects.toThrow("permission denied");
    }
    await using other = createPool({ url: urlAs("sluice_billing"), applicationName: "test" });
    await expect(other.query("select * from cache.entries")).rejects.toThrow("permission denied");
  });
});
