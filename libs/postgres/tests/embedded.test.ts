import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createPool, isUnavailable, startPostgres } from "@sluice/postgres";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "sluice-embedded-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

const start = (dataDir: string) => startPostgres({ dataDir, durability: "none" });

async function run(url: string, sql: string): Promise<Record<string, unknown>[]> {
  await using pool = createPool({ url, applicationName: "test", maxConnections: 1 });
  return (await pool.query(sql)).rows;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("startPostgres", () => {
  it("keeps data and password over a stop, a kill and a stale lock file", async () => {
    const dataDir = path.join(folder, "new", "data");
    const first = await start(dataDir);
    await run(first.url, "create table kept (n int8); insert into kept values (1)");
    await first.stop();

    const second = await start(dataDir);
    await run(second.url, "insert into kept values (2)");
    await second.kill();
    await expect(stat(path.join(dataDir, "cluster", "postmaster.pid"))).resolves.toBeDefined();

    await using third = await start(dataDir);
    expect(await run(third.url, "select n from kept order by n")).toEqual([{ n: 1n }, { n: 2n }]);
    expect(new URL(third.url).password).toBe(new URL(first.url).password);
  });

  it("listens on loopback only, asks for the password and sorts the same everywhere", async () => {
    await using server = await start(folder);
    const wrong = new URL(server.url);
    wrong.password = "guess";
    await expect(run(wrong.href, "select 1")).rejects.toMatchObject({ code: "28P01" });
    const [row] = await run(
      server.url,
      `select current_setting('listen_addresses') as addresses, current_setting('server_encoding') as encoding,
        (select datlocprovider::text || datlocale from pg_database where datname = current_database()) as locale,
        (select array_agg(w order by w) from unnest(array['a', 'B', 'ä']) w) as sorted, lower('Ä') as lower`,
    );
    expect(row).toEqual({
      addresses: "127.0.0.1",
      encoding: "UTF8",
      locale: "bC.UTF-8",
      sorted: ["B", "a", "ä"],
      lower: "ä",
    });
    expect((await stat(path.join(folder, "password"))).mode & 0o077).toBe(0);
  });

  it("runs below a folder that is closed to others", async () => {
    // mkdtemp makes 0700.
    await using server = await start(path.join(folder, "data"));
    expect(await run(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("waits for a server that is still ending in the same folder", async () => {
    const first = await start(folder);
    const ended = new Promise((resolve) => setTimeout(resolve, 300)).then(() => first.stop());
    await using second = await start(folder);
    await ended;
    expect(second.pid).not.toBe(first.pid);
  });

  it("ends a start and a running server by its signal", async () => {
    const early = new AbortController();
    const starting = startPostgres({ dataDir: folder, durability: "none", signal: early.signal });
    setTimeout(() => early.abort(new Error("not wanted any more")), 20);
    await expect(starting).rejects.toThrow("not wanted any more");

    const late = new AbortController();
    const server = await startPostgres({ dataDir: folder, durability: "none", signal: late.signal });
    late.abort();
    await server.exited;
    expect(isAlive(server.pid)).toBe(false);
    const failure = await run(server.url, "select 1").catch((error: unknown) => error);
    expect(isUnavailable(failure)).toBe(true);
  });

  it("names the folder and the reason when it cannot start", async () => {
    await using server = await start(path.join(folder, "a"));
    const second = startPostgres({ dataDir: path.join(folder, "b"), port: server.port, durability: "none" });
    await expect(second).rejects.toThrow(`port ${server.port} of 127.0.0.1 is taken`);
    const late = startPostgres({ dataDir: path.join(folder, "c"), startTimeoutMs: 1 });
    await expect(late).rejects.toThrow(`${path.join(folder, "c")} was not ready within 1 ms`);
  });

  it("ends when its parent is killed", async () => {
    const program = `
      import { startPostgres } from "@sluice/postgres";
      const server = await startPostgres({ dataDir: ${JSON.stringify(folder)}, durability: "none" });
      console.log(server.pid);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    // A new server in the same folder proves the old one gone, even where nobody reaps it.
    await using next = await start(folder);
    expect(next.pid).not.toBe(pid);
  });
});
