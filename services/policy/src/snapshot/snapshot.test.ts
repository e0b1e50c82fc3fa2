import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ConfigSchema } from "@sluice/api/sluice/config/v1/config";
import { type Snapshot, SnapshotSchema } from "@sluice/api/sluice/policy/v1/snapshot";
import { describe, expect, it } from "vitest";
import { mergeCatalogues } from "../catalogue/merge-catalogues.ts";
import { declare } from "../declared/declare.ts";
import { mergeKnown } from "../governance/merge-known.ts";
import { buildSnapshot, type SnapshotParts } from "./build-snapshot.ts";
import { createSnapshotPublisher } from "./snapshot-publisher.ts";

const declared = declare(
  create(ConfigSchema, {
    teams: [{ name: "research", models: ["*"] }],
    keys: [{ name: "k", team: "research", secret: "a-secret-of-24-characters", tags: { b: "2", a: "1" } }],
    budgets: [{ name: "daily", limitUsd: "0.15", window: "day", scope: { team: "research" } }],
    routes: [{ name: "chat", targets: [{ model: "openai/gpt-5.5" }], retry: {} }],
  }),
);
const parts: SnapshotParts = { ...declared, catalogue: mergeCatalogues([]), maxStalenessMs: 60_000 };

describe("buildSnapshot", () => {
  it("makes its version from the content alone", () => {
    const one = buildSnapshot(parts, 1_000);
    expect(buildSnapshot(parts, 2_000).version).toBe(one.version);
    expect(buildSnapshot({ ...parts, maxStalenessMs: 61_000 }, 1_000).version).not.toBe(one.version);
    expect(buildSnapshot({ ...parts, keys: [] }, 1_000).version).not.toBe(one.version);
    const [key] = declared.keys;
    if (key === undefined) throw new Error("no key");
    const reordered = { ...key, key: { ...key.key, tags: { a: "1", b: "2" } } };
    expect(buildSnapshot({ ...parts, keys: [reordered] }, 1_000).version).toBe(one.version);
  });

  it("fills in what the configuration leaves out", () => {
    expect(buildSnapshot(parts, 1_000)).toMatchObject({
      createTime: timestampFromMs(1_000),
      maxStaleness: durationFromMs(60_000),
      routes: [{ strategy: 1, parameterMode: 1, retry: { attempts: 3, on: [] }, targets: [{ weight: 1, when: "" }] }],
      budgets: [{ limit: { usdNanos: 150_000_000n }, scope: { team: "research", key: "" }, timezone: "" }],
    });
  });
});

describe("mergeKnown", () => {
  it("holds to the file where the store has the same name", () => {
    const stored = { id: "research", models: [], createMs: 1, updateMs: 1 };
    const known = mergeKnown(declared, { teams: [stored, { ...stored, id: "a" }], keys: [] });
    expect(known.teams.map(({ name, models }) => [name, models])).toEqual([
      ["teams/a", []],
      ["teams/research", ["*"]],
    ]);
    expect(known.shadowed).toEqual(["teams/research"]);
  });
});

const snapshot = (version: string): Snapshot => create(SnapshotSchema, { version });

describe("the publisher", () => {
  it("tells at once, then what is new, and only the newest to who takes its time", async () => {
    const publisher = createSnapshotPublisher(60_000);
    const stop = new AbortController();
    const watcher = publisher.watch("", stop.signal);
    const first = watcher.next();
    expect(publisher.publish(snapshot("1"))).toBe(true);
    expect(publisher.publish(snapshot("1"))).toBe(false);
    expect((await first).value).toMatchObject({ snapshot: { version: "1" } });
    expect(publisher.watchers).toBe(1);
    for (const version of ["2", "3", "4"]) publisher.publish(snapshot(version));
    expect((await watcher.next()).value).toMatchObject({ snapshot: { version: "4" } });
    const last = watcher.next();
    stop.abort();
    expect((await last).done).toBe(true);
    expect(publisher.watchers).toBe(0);
  });

  it("gives signs of life, but none before there is a snapshot", async () => {
    const publisher = createSnapshotPublisher(5);
    const stop = new AbortController();
    const next = publisher.watch("1", stop.signal).next();
    const early = await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 30, "nothing"))]);
    expect(early).toBe("nothing");
    publisher.publish(snapshot("1"));
    expect((await next).value).toEqual({ kind: "sign-of-life" });
    stop.abort();
  });
});
