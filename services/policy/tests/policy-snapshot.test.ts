import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { durationMs, timestampDate } from "@bufbuild/protobuf/wkt";
import { Origin } from "@sluice/api/sluice/policy/v1/team";
import { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import { ConfigurationError } from "@sluice/policy";
import { describe, expect, it, vi } from "vitest";
import { env, usePolicy, watch, yaml } from "./policy-harness.ts";
import { createDescribingAdapter, describe as describeModels } from "./policy-process.ts";

const harness = usePolicy();

describe("the snapshot", () => {
  it("holds what a router needs to decide, and no secret", async () => {
    const snapshot = await watch(harness.start()).next();
    expect(snapshot).toMatchObject({
      version: expect.stringMatching(/^[0-9a-f]{32}$/),
      teams: [{ name: "teams/research", models: ["chat", "openai/*"], origin: Origin.CONFIGURATION }],
      keys: [
        {
          id: "notebooks",
          team: "research",
          revoked: false,
          tags: { app: "notebooks", tier: "gold" },
          captureRaw: true,
        },
      ],
      routes: [{ name: "chat", retry: { attempts: 2, on: ["timeout"] }, parameterMode: ParameterMode.ADAPT }],
      models: [{ name: "openai/gpt-5.5" }],
      openEndedProviders: ["openai"],
      budgets: [{ name: "budgets/daily", limit: { usdNanos: 25_000_000_000n } }, { name: "budgets/each" }],
    });
    expect(snapshot.maxStaleness && durationMs(snapshot.maxStaleness)).toBe(3_600_000);
    expect(snapshot.cache?.exactTtl && durationMs(snapshot.cache.exactTtl)).toBe(3_600_000);
    const [key] = snapshot.keys;
    expect(Buffer.from(key?.secretSha256 ?? [])).toEqual(createHash("sha256").update(env.NOTEBOOKS_KEY).digest());
    expect(key?.expireTime && timestampDate(key.expireTime).toISOString()).toBe("2027-01-01T00:00:00.000Z");
  });

  it("is the same on every replica, and not sent to who has it", async () => {
    const [one, two] = [harness.start(), harness.start()];
    const { version } = await watch(one).next();
    expect((await watch(two).next()).version).toBe(version);
    const first = one.policy.watchSnapshot({ instanceId: "router-1", version })[Symbol.asyncIterator]();
    const { value } = await first.next();
    expect(value?.snapshot).toBeUndefined();
    await first.return?.();
  }, 15_000);

  it("follows the file, keeps to the old one where the new is bad, and says why", async () => {
    const policy = harness.start();
    const watcher = watch(policy);
    const { version } = await watcher.next();
    await writeFile(harness.configPath, yaml.replace('"25"', '"30"'));
    const changed = await watcher.next();
    expect(changed.version).not.toBe(version);
    expect(changed.budgets[0]?.limit?.usdNanos).toBe(30_000_000_000n);

    await writeFile(harness.configPath, yaml.replace('"25"', "lots").replace("share: key", "share: all"));
    await vi.waitFor(async () => expect((await policy.config.getConfig({})).problems).toHaveLength(2));
    const refused = await policy.config.getConfig({});
    expect(refused.yaml).toContain('"30"');
    expect(refused.yaml).toContain("NOTEBOOKS_KEY}");
    expect(refused.problems[0]).toMatchObject({ path: "budgets[0].limit_usd", line: 9, column: 55 });
    expect((await policy.lifecycle.readiness()).checks["policy_configuration"]?.state).toBe("degraded");

    await writeFile(harness.configPath, yaml);
    expect((await watcher.next()).version).toBe(version);
    expect((await policy.config.getConfig({})).problems).toEqual([]);
  });

  it("follows the adapter's models and goes on with the last while it is away", async () => {
    const adapter = createDescribingAdapter(["gpt-5.5"]);
    const policy = harness.start({ adapter });
    const watcher = watch(policy);
    await watcher.next();
    adapter.description = undefined;
    await vi.waitFor(
      async () => expect((await policy.lifecycle.readiness()).checks["policy_adapters"]?.state).toBe("degraded"),
      { timeout: 6_000 },
    );
    adapter.description = describeModels("2", ["gpt-5.5", "gpt-6"]);
    expect((await watcher.next()).models.map(({ name }) => name)).toEqual(["openai/gpt-5.5", "openai/gpt-6"]);
  }, 20_000);

  it("starts without its adapter, models unknown, and says so", async () => {
    const adapter = createDescribingAdapter(["gpt-5.5"]);
    adapter.description = undefined;
    const policy = harness.start({ adapter });
    const snapshot = await watch(policy).next();
    expect(snapshot).toMatchObject({ models: [], routes: [{ name: "chat" }] });
    const { ready, checks } = await policy.lifecycle.readiness();
    expect(ready).toBe(true);
    expect(checks["policy_adapters"]).toMatchObject({
      state: "degraded",
      detail: expect.stringContaining("models unknown"),
    });
  }, 15_000);

  it("refuses to start with a bad file", async () => {
    await writeFile(harness.configPath, "routes: [{name: Chat}]\n");
    expect(() => harness.start()).toThrow(ConfigurationError);
    expect(() => harness.start({ configPath: join(dirname(harness.configPath), "none.yaml") })).toThrow(
      "there is no such file",
    );
  });

  it("ends watches when the process drains", async () => {
    const policy = harness.start();
    const watcher = watch(policy);
    await watcher.next();
    const next = watcher.next();
    await Promise.all([expect(next).rejects.toThrow("the watch ended"), policy.lifecycle.drain("test")]);
  });
});
