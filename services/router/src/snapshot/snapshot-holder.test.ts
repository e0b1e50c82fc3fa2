import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { SnapshotSchema } from "@sluice/api/sluice/policy/v1/snapshot";
import { expect, test } from "vitest";
import { createSnapshotHolder } from "./snapshot-holder.ts";

const snapshot = (version: string) => create(SnapshotSchema, { version, maxStaleness: durationFromMs(60_000) });

test("without a snapshot nothing is served", () => {
  const holder = createSnapshotHolder();
  expect(holder.version).toBe("");
  expect(holder.current(0)).toMatchObject({
    kind: "unavailable",
    refusal: { reason: ErrorReason.POLICY_UNAVAILABLE, httpStatus: 503 },
  });
});

test("one that is held serves for as long as it says after policy was last heard of", () => {
  const holder = createSnapshotHolder();
  holder.replace(snapshot("v1"), 1_000);
  expect(holder.current(61_000)).toMatchObject({ kind: "held", ageMs: 60_000, index: { version: "v1" } });
  expect(holder.current(61_001).kind).toBe("unavailable");
  holder.confirm(61_000);
  expect(holder.current(121_000).kind).toBe("held");
});

test("a new one takes the place of the old", () => {
  const holder = createSnapshotHolder();
  holder.replace(snapshot("v1"), 0);
  holder.replace(snapshot("v2"), 5);
  expect(holder.version).toBe("v2");
  expect(holder.current(5)).toMatchObject({ ageMs: 0, index: { version: "v2" } });
});
