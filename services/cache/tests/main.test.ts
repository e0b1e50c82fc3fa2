import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { CacheService } from "@sluice/api/sluice/cache/v1/cache_service";
import { createClient, createFastTransport } from "@sluice/rpc";
import { afterEach, describe, expect, it } from "vitest";
import { createCacheDatabase, keyOf } from "./_cache.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const meshSecret = "a mesh secret for this test only";
let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill("SIGKILL");
});

function start(env: Record<string, string>) {
  const started = spawn(process.execPath, ["--import", "./telemetry.ts", "main.ts"], {
    cwd: folder,
    env: { PATH: process.env.PATH, SLUICE_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child = started;
  let output = "";
  const listening = new Promise<string>((resolve) => {
    const take = (chunk: Buffer) => {
      output += chunk.toString();
      const url = /"url":"(http:[^"]+)"/.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    };
    started.stdout.on("data", take);
    started.stderr.on("data", take);
  });
  return { started, listening, output: () => output };
}

describe("the process", () => {
  it("serves whoever shows the mesh secret, says how it is, and ends on SIGTERM", async () => {
    await using database = await createCacheDatabase();
    const { started, listening } = start({ DATABASE_URL: database.url, SLUICE_MESH_SECRET: meshSecret });
    const url = await listening;

    await using transport = createFastTransport({ baseUrl: url, meshSecret, serviceName: "test" });
    expect(await createClient(CacheService, transport).lookup({ key: keyOf("q") })).toMatchObject({});
    await using stranger = createFastTransport({ baseUrl: url, meshSecret: "another secret", serviceName: "test" });
    await expect(createClient(CacheService, stranger).lookup({ key: keyOf("q") })).rejects.toThrow(
      "unknown credentials",
    );

    const readiness = await fetch(`${url}/readyz`);
    expect(readiness.status).toBe(200);
    expect(await readiness.json()).toMatchObject({ ready: true, checks: { "cache store": {} } });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("sluice_cache_lookups");
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);

    started.kill("SIGTERM");
    expect(await once(started, "exit")).toEqual([0, null]);
  });

  it("names every variable that is missing or wrong, and ends", async () => {
    const { started, output } = start({ SLUICE_CACHE_MAX_ENTRIES: "none" });
    const [code] = await once(started, "exit");
    expect(code).not.toBe(0);
    for (const name of ["DATABASE_URL", "SLUICE_MESH_SECRET", "SLUICE_CACHE_MAX_ENTRIES"]) {
      expect(output()).toContain(name);
    }
  });
});
