import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { ConfigChangeAction } from "@sluice/api/sluice/config/v1/config_service";
import { Code } from "@sluice/rpc";
import { describe, expect, it } from "vitest";
import { failure, usePolicy, yaml } from "./policy-harness.ts";

const harness = usePolicy();

describe("the configuration service", () => {
  it("plans without changing anything", async () => {
    const { config } = harness.start();
    const plan = await config.planConfig({
      yaml: yaml.replace('"25"', '"30"').replace("name: each", "name: every").replace("share: key", "share: team"),
    });
    const { ADD, CHANGE, REMOVE } = ConfigChangeAction;
    expect(plan.changes.map(({ kind, name, action }) => [kind, name, action])).toEqual([
      ["budget", "daily", CHANGE],
      ["budget", "every", ADD],
      ["budget", "each", REMOVE],
      ["cache", "cache", CHANGE],
    ]);
    expect((await config.planConfig({ yaml })).changes).toEqual([]);
    expect(await config.planConfig({ yaml: "limits: [{in_flight: 1}]" })).toMatchObject({
      changes: [],
      problems: [{ path: "limits", line: 1, column: 9, message: expect.stringContaining("not available yet") }],
    });
    const current = await config.getConfig({});
    expect(current.yaml).toBe(yaml);
    expect(current.version?.etag).not.toBe("");
  });

  it("says what it does not serve yet", async () => {
    const { config } = harness.start();
    const reason = ErrorReason.NOT_AVAILABLE_YET;
    expect(await failure(config.applyConfig({ yaml: "" }))).toMatchObject({ code: Code.Unimplemented, reason });
    expect(await failure(config.listConfigVersions({}))).toMatchObject({ code: Code.Unimplemented, reason });
  });
});
