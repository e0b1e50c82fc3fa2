import { silentLogger } from "@sluice/runtime";
import { expect, test } from "vitest";
import type { FoundServers } from "../src/discovery/found-servers.ts";
import { watchServers } from "../src/discovery/watch-servers.ts";
import { type KindName, kinds } from "../src/kinds/kinds.ts";
import type { LocalServer } from "../src/kinds/provider-kind.ts";
import { type Answer, type Seen, startServer } from "./_server.ts";

const stop = new AbortController();

/** Looks for servers of the kinds on the ports that are given instead of their usual ones. */
function watch(ports: Partial<Record<KindName, number>>) {
  const told: FoundServers[] = [];
  const servers = Object.entries(ports).map(([name, port]) => {
    const local = kinds[name as KindName].local as LocalServer;
    return [name as KindName, { ...local, port }] as const;
  });
  const watcher = watchServers({
    everyMs: 3_600_000,
    onFound: (found) => told.push(found),
    logger: silentLogger,
    signal: stop.signal,
    servers,
  });
  return { told, look: watcher.look, current: () => Object.fromEntries(told.at(-1) ?? []) };
}

const list = (owner: string, ...ids: string[]): Answer => ({
  body: { object: "list", data: ids.map((id) => ({ id, object: "model", owned_by: owner })) },
});

/** What each kind answers, after its own documentation. */
const servers: Partial<Record<KindName, (seen: Seen) => Answer>> = {
  ollama: ({ path }) => (path === "/api/version" ? { body: { version: "0.12.6" } } : list("library", "llama3.3:70b")),
  lmstudio: ({ path }) =>
    path === "/api/v0/models"
      ? { body: { object: "list", data: [{ id: "qwen3", state: "loaded", type: "llm" }] } }
      : list("organization_owner", "qwen3"),
  vllm: () => list("vllm", "meta-llama/Llama-3.3-70B-Instruct"),
  llamacpp: () => list("llamacpp", "gpt-oss-20b"),
  sglang: () => list("sglang", "Qwen/Qwen3-8B"),
  tgi: ({ path }) =>
    path === "/info" ? { body: { model_id: "tiiuae/falcon-7b", version: "3.3.0" } } : list("tiiuae/falcon-7b", "tgi"),
};

test.each(Object.entries(servers))("finds %s on its port, with what it lists", async (name, answer) => {
  await using server = await startServer(answer);
  const watcher = watch({ [name]: server.port });
  await watcher.look();
  const found = watcher.current()[name];
  expect(found?.models).toHaveLength(1);
});

test.each(Object.keys(servers) as KindName[])("takes nothing else on the port of %s for it", async (name) => {
  await using server = await startServer(() => ({ body: { hello: "world" } }));
  const watcher = watch({ [name]: server.port });
  await watcher.look();
  expect(watcher.told).toEqual([]);
});

test("does not find Sluice itself, though it may list models as a server does", async () => {
  await using server = await startServer(() => ({
    ...list("llamacpp", "llamacpp/gpt-oss-20b"),
    headers: { "x-sluice-request-id": "r" },
  }));
  const watcher = watch({ llamacpp: server.port });
  await watcher.look();
  expect(watcher.told).toEqual([]);
});

test("does not wait for a server that never answers", async () => {
  await using silent = await startServer(() => undefined);
  await using server = await startServer(() => list("vllm", "m"));
  const watcher = watch({ ollama: silent.port, vllm: server.port });
  await watcher.look();
  expect(Object.keys(watcher.current())).toEqual(["vllm"]);
});

test("tells when what is listed changes, and nothing while it does not", async () => {
  let models = ["a"];
  await using server = await startServer(() => list("vllm", ...models));
  const watcher = watch({ vllm: server.port });
  await watcher.look();
  await watcher.look();
  expect(watcher.told).toHaveLength(1);
  models = ["a", "b"];
  await watcher.look();
  expect(watcher.told).toHaveLength(2);
  expect(watcher.current()["vllm"]?.models).toEqual(["a", "b"]);
});

test("keeps a server that misses one look, and lets go of one that misses two", async () => {
  let up = true;
  await using server = await startServer(() => (up ? list("vllm", "a") : { status: 503 }));
  const watcher = watch({ vllm: server.port });
  await watcher.look();
  up = false;
  await watcher.look();
  expect(watcher.current()["vllm"]).toBeDefined();
  await watcher.look();
  expect(watcher.current()).toEqual({});
  up = true;
  await watcher.look();
  expect(watcher.current()["vllm"]).toBeDefined();
});

test("takes names alone, and no more of them than there is room for", async () => {
  const many = Array.from({ length: 2_000 }, (_, index) => `m${index}`);
  await using server = await startServer(() => list("vllm", "with space", "", ...many));
  const watcher = watch({ vllm: server.port });
  await watcher.look();
  expect(watcher.current()["vllm"]?.models).toHaveLength(1_000);
  expect(watcher.current()["vllm"]?.models[0]).toBe("m0");
});
