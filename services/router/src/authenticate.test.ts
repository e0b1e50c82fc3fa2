import { hash } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { type SnapshotKeySchema, SnapshotSchema } from "@sluice/api/sluice/policy/v1/snapshot";
import { expect, test } from "vitest";
import { authenticate, readSecret } from "./authenticate.ts";
import { indexSnapshot } from "./snapshot/snapshot-index.ts";

const nowMs = Date.UTC(2026, 10, 22);
const secret = "a-secret-of-some-length-here";

function index(key: MessageInitShape<typeof SnapshotKeySchema>) {
  const secretSha256 = new Uint8Array(hash("sha256", secret, "buffer"));
  return indexSnapshot(
    create(SnapshotSchema, { version: "v1", keys: [{ id: "notebooks", team: "research", secretSha256, ...key }] }),
  );
}

function reasonOf(...[key, shown]: [MessageInitShape<typeof SnapshotKeySchema>, (string | undefined)?]) {
  const outcome = authenticate(index(key), shown, nowMs);
  return outcome.kind === "refused" ? outcome.refusal.reason : outcome.key.id;
}

test("a secret leads to its key", () => {
  expect(reasonOf({}, secret)).toBe("notebooks");
});

test("the secret itself is needed, whole and as it is", () => {
  expect(reasonOf({}, undefined)).toBe(ErrorReason.KEY_MISSING);
  expect(reasonOf({}, secret.toUpperCase())).toBe(ErrorReason.KEY_UNKNOWN);
  expect(reasonOf({}, secret.slice(1))).toBe(ErrorReason.KEY_UNKNOWN);
  expect(reasonOf({}, hash("sha256", secret, "base64"))).toBe(ErrorReason.KEY_UNKNOWN);
});

test("revoked and expired keys are told from unknown ones, and a key expires at its very moment", () => {
  expect(reasonOf({ revoked: true }, secret)).toBe(ErrorReason.KEY_REVOKED);
  expect(reasonOf({ expireTime: timestampFromMs(nowMs) }, secret)).toBe(ErrorReason.KEY_EXPIRED);
  expect(reasonOf({ expireTime: timestampFromMs(nowMs + 1) }, secret)).toBe("notebooks");
});

test("no message holds the secret", () => {
  for (const key of [{ revoked: true }, { expireTime: timestampFromMs(0) }]) {
    expect(JSON.stringify(authenticate(index(key), secret, nowMs))).not.toContain(secret);
  }
  expect(JSON.stringify(authenticate(index({}), "another-secret", nowMs))).not.toContain("another-secret");
});

test.each<[Record<string, string>, string | undefined]>([
  [{ authorization: "Bearer abc" }, "abc"],
  [{ authorization: "bearer   abc " }, "abc"],
  [{ "x-api-key": "abc" }, "abc"],
  [{ "x-goog-api-key": "abc" }, "abc"],
  [{ authorization: "Bearer abc", "x-api-key": "def" }, "abc"],
  [{ authorization: "Bearer ", "x-api-key": "def" }, "def"],
  [{ authorization: "Basic abc" }, undefined],
  [{ authorization: "abc" }, undefined],
  [{ "x-api-key": "" }, undefined],
  [{}, undefined],
])("the secret in %j is %j", (headers, expected) => {
  expect(readSecret((name) => headers[name])).toBe(expected);
});
