import { createHash } from "node:crypto";
import { Origin } from "@sluice/api/sluice/policy/v1/team";
import { Code } from "@sluice/rpc";
import { describe, expect, it, vi } from "vitest";
import { failure, usePolicy, watch } from "./policy-harness.ts";

const harness = usePolicy();

describe("keys and teams", () => {
  it("are made, shown once, revoked, and known to every replica at once", async () => {
    const [one, two] = [harness.start(), harness.start()];
    const watcher = watch(two);
    await watcher.next();
    await one.governance.createTeam({ teamId: "ops", models: ["*"] });
    const { virtualKey, secret } = await one.governance.createVirtualKey({
      virtualKeyId: "deploys",
      team: "teams/ops",
      tags: { app: "deploys" },
      captureRaw: true,
    });
    expect(secret).toMatch(/^sk-sluice-[0-9A-Za-z]{43}$/);
    expect(virtualKey).toMatchObject({ name: "virtualKeys/deploys", hint: secret.slice(0, 16), origin: Origin.API });
    expect(virtualKey?.captureRaw).toBe(true);
    const digest = createHash("sha256").update(secret).digest();
    const seen = async () => {
      for (;;) {
        const key = (await watcher.next()).keys.find(({ id }) => id === "deploys");
        if (key !== undefined) return key;
      }
    };
    const before = performance.now();
    expect(await seen()).toMatchObject({
      team: "ops",
      revoked: false,
      captureRaw: true,
      secretSha256: new Uint8Array(digest),
    });
    expect(performance.now() - before).toBeLessThan(2_000);

    const { rows } = await one.pool.query("select * from policy.virtual_keys");
    expect(JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? String(value) : value))).not.toContain(
      secret,
    );

    const revoked = await one.governance.revokeVirtualKey({ name: "virtualKeys/deploys" });
    const again = await two.governance.revokeVirtualKey({ name: "virtualKeys/deploys" });
    expect(again.virtualKey?.revokeTime).toEqual(revoked.virtualKey?.revokeTime);
    expect(await seen()).toMatchObject({ revoked: true });
  }, 15_000);

  it("are listed by name, page by page, those of the file among them", async () => {
    const { governance } = harness.start();
    for (const teamId of ["a", "s", "z"]) await governance.createTeam({ teamId, models: [] });
    const first = await governance.listTeams({ pageSize: 2 });
    expect(first.teams.map(({ name, origin }) => [name, origin])).toEqual([
      ["teams/a", Origin.API],
      ["teams/research", Origin.CONFIGURATION],
    ]);
    const second = await governance.listTeams({ pageSize: 2, pageToken: first.nextPageToken });
    expect(second).toMatchObject({ teams: [{ name: "teams/s" }, { name: "teams/z" }], nextPageToken: "" });
    await governance.createVirtualKey({ team: "teams/a" });
    const keys = await governance.listVirtualKeys({ team: "teams/a" });
    expect(keys.virtualKeys).toMatchObject([{ name: expect.stringMatching(/^virtualKeys\/key-/), team: "teams/a" }]);
    expect((await governance.listVirtualKeys({})).virtualKeys).toHaveLength(2);
    expect(await failure(governance.listTeams({ pageToken: "nonsense" }))).toMatchObject({
      code: Code.InvalidArgument,
    });
  });

  it("are refused where they clash, are not there, or stand in the file", async () => {
    const { governance } = harness.start();
    await governance.createTeam({ teamId: "ops", models: [] });
    await governance.createVirtualKey({ virtualKeyId: "k", team: "teams/ops" });
    const codes = await Promise.all(
      [
        governance.createTeam({ teamId: "ops", models: [] }),
        governance.createTeam({ teamId: "research", models: [] }),
        governance.createVirtualKey({ virtualKeyId: "k", team: "teams/ops" }),
        governance.createVirtualKey({ virtualKeyId: "notebooks", team: "teams/ops" }),
        governance.createVirtualKey({ team: "teams/nobody" }),
        governance.createVirtualKey({ team: "teams/ops", expireTime: { seconds: 1n } }),
        governance.revokeVirtualKey({ name: "virtualKeys/notebooks" }),
        governance.revokeVirtualKey({ name: "virtualKeys/nobody" }),
        governance.deleteTeam({ name: "teams/research" }),
        governance.deleteTeam({ name: "teams/nobody" }),
        governance.deleteTeam({ name: "teams/ops" }),
      ].map(async (call) => (await failure(call)).code),
    );
    const { AlreadyExists, NotFound, FailedPrecondition, InvalidArgument } = Code;
    expect(codes).toEqual([
      AlreadyExists,
      AlreadyExists,
      AlreadyExists,
      AlreadyExists,
      NotFound,
      InvalidArgument,
      FailedPrecondition,
      NotFound,
      FailedPrecondition,
      NotFound,
      FailedPrecondition,
    ]);
    await governance.createVirtualKey({ virtualKeyId: "of-the-files-team", team: "teams/research" });
    await governance.revokeVirtualKey({ name: "virtualKeys/k" });
    await governance.deleteTeam({ name: "teams/ops" });
    expect((await governance.listTeams({})).teams).toHaveLength(1);
  });
});

describe("the first key", () => {
  it("is made once where nothing is configured, and kept before it is stored", async () => {
    const options = { configPath: undefined };
    const [one, two] = [harness.start(options), harness.start(options)];
    const kept: string[] = [];
    const failing = one.bootstrapKey(() => Promise.reject(new Error("disk full")));
    await expect(failing).rejects.toThrow("disk full");
    const made = await Promise.all([one, two].map((each) => each.bootstrapKey((secret) => void kept.push(secret))));
    expect(made.map(({ kind }) => kind).sort()).toEqual(["made", "not-needed"]);
    expect(made).toContainEqual({ kind: "made", secret: kept[0] });
    const digest = new Uint8Array(
      createHash("sha256")
        .update(kept[0] ?? "")
        .digest(),
    );
    await vi.waitFor(async () => {
      const snapshot = await watch(two).next();
      expect(snapshot).toMatchObject({
        teams: [{ name: "teams/default", models: ["*"] }],
        keys: [{ id: "default", team: "default", secretSha256: digest }],
      });
    });
    expect(await one.bootstrapKey(() => {})).toEqual({ kind: "not-needed" });
  });

  it("is not made beside a configuration", async () => {
    expect(await harness.start().bootstrapKey(() => Promise.reject(new Error("called")))).toEqual({
      kind: "not-needed",
    });
  });
});
