import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { connectEvents, obtainNatsServer, startNatsServer } from "@sluice/events";
import { startTestNats } from "@sluice/testing/nats";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "./_stream.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "sluice-nats-server-"));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

async function writeBinary(file: string, version: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  await chmod(file, 0o755);
  return file;
}

describe("obtainNatsServer", () => {
  it("takes the named binary before all, and says so if it is none", async () => {
    const named = await writeBinary(path.join(folder, "named"), "2.11.3");
    await writeBinary(path.join(folder, "bin", "nats-server"), "2.12.0");
    const env = { SLUICE_NATS_SERVER: named, PATH: path.join(folder, "bin") };
    expect(await obtainNatsServer({ toolsDir: folder, env })).toEqual({ path: named, version: "2.11.3" });
    const wrong = obtainNatsServer({ toolsDir: folder, env: { ...env, SLUICE_NATS_SERVER: "/bin/true" } });
    await expect(wrong).rejects.toThrow("SLUICE_NATS_SERVER is /bin/true, which is no nats-server");
  });

  it("takes the one on the path, unless it is too old, then the newest in the tools folder", async () => {
    const onPath = await writeBinary(path.join(folder, "bin", "nats-server"), "2.9.10");
    const env = { PATH: path.join(folder, "bin") };
    expect((await obtainNatsServer({ toolsDir: folder, env })).path).toBe(onPath);

    await writeBinary(onPath, "2.1.0");
    await writeBinary(path.join(folder, "nats-server", "2.9.10", "nats-server"), "2.9.10");
    const newest = await writeBinary(path.join(folder, "nats-server", "2.10.2", "nats-server"), "2.10.2");
    const found = await obtainNatsServer({ toolsDir: folder, env });
    // A server installed on this machine comes before.
    expect([newest, "/usr/sbin/nats-server", "/usr/local/sbin/nats-server"]).toContain(found.path);
  });

  it("names both ways out when there is none and none can be downloaded", async (context) => {
    const answer = await obtainNatsServer({ toolsDir: folder, env: { PATH: folder } }).catch((error: unknown) => error);
    if (!(answer instanceof Error)) return context.skip("a nats-server is installed on this machine");
    expect(answer).toMatchObject({ name: "NatsServerError" });
    expect(answer.message).toMatch(/set NATS_URL .* or SLUICE_NATS_SERVER .*apt-get/);
  });
});

describe("startNatsServer", () => {
  it("asks for its token", async () => {
    await using server = await startTestNats({ token: "t0ken" });
    const url = server.url.replace("t0ken@", "");
    await using stranger = connectEvents({ url, name: "stranger" });
    await until(() => /authorization/i.test(JSON.stringify(stranger.status())), "refused");
    await using friend = connectEvents({ url: server.url, name: "friend" });
    await friend.whenConnected(AbortSignal.timeout(5_000));
  });

  it("says why it did not start", async () => {
    await using server = await startTestNats();
    const { port } = server;
    const binary = await writeBinary(path.join(folder, "no-server"), "2.9.10");
    const silent = startNatsServer({ binary, storeDir: path.join(folder, "store") });
    await expect(silent).rejects.toMatchObject({ name: "NatsServerError" });
    const missing = startNatsServer({ binary: path.join(folder, "missing"), storeDir: folder, port });
    await expect(missing).rejects.toThrow("missing cannot be run");
  });

  it("ends when its parent is killed", async () => {
    await using sample = await startTestNats();
    const binary = await readlink(`/proc/${sample.pid}/exe`);
    const program = `
      import { startNatsServer } from "@sluice/events";
      const options = { binary: ${JSON.stringify(binary)}, storeDir: ${JSON.stringify(path.join(folder, "store"))} };
      console.log((await startNatsServer(options)).port);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    await using connection = connectEvents({ url: `nats://127.0.0.1:${Number(line)}`, name: "test" });
    await connection.whenConnected();
    parent.kill("SIGKILL");
    await until(() => connection.status().kind === "disconnected", "the server's end");
  });
});
