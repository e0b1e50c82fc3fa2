import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import { expect, test } from "vitest";
import { createAdminCheck } from "../admin-check.ts";
import { readSluiceHeaders } from "./request-headers.ts";

const isAdmin = createAdminCheck("the-operators-token");

function read(headers: Record<string, string>) {
  const outcome = readSluiceHeaders((name) => (Object.hasOwn(headers, name) ? headers[name] : undefined), isAdmin);
  if (outcome.kind === "refused") throw new Error(outcome.refusal.message);
  return outcome.headers;
}

function refusal(headers: Record<string, string>) {
  const outcome = readSluiceHeaders((name) => (Object.hasOwn(headers, name) ? headers[name] : undefined), isAdmin);
  return outcome.kind === "refused" ? outcome.refusal.reason : "read";
}

const plain = { cacheMode: "on", tags: {}, user: "", parameterMode: ParameterMode.UNSPECIFIED, captureRaw: false };

test("nothing said is nothing asked", () => {
  expect(read({})).toEqual(plain);
  expect(read({ "content-type": "application/json" })).toEqual(plain);
});

test.each(["off", "refresh", "only", " off "])("x-sluice-cache: %s", (mode) => {
  expect(read({ "x-sluice-cache": mode })).toEqual({ ...plain, cacheMode: mode.trim() });
});

test("x-sluice-parameters", () => {
  expect(read({ "x-sluice-parameters": "adapt" }).parameterMode).toBe(ParameterMode.ADAPT);
  expect(read({ "x-sluice-parameters": "strict" }).parameterMode).toBe(ParameterMode.STRICT);
  expect(read({ "x-sluice-parameters": "passthrough" }).parameterMode).toBe(ParameterMode.PASSTHROUGH);
});

test("x-sluice-debug is for operators", () => {
  const admin = { "x-sluice-debug": "raw", "x-sluice-admin-token": "the-operators-token" };
  expect(read(admin).captureRaw).toBe(true);
  expect(refusal({ ...admin, "x-sluice-debug": "all" })).toBe(ErrorReason.INVALID_REQUEST);
  for (const token of ["", "another", "the-operators-tokem"]) {
    expect(refusal({ ...admin, "x-sluice-admin-token": token })).toBe(ErrorReason.PERMISSION_DENIED);
  }
  expect(refusal({ "x-sluice-debug": "raw" })).toBe(ErrorReason.PERMISSION_DENIED);
});

test("nobody is an operator where there is no admin token", () => {
  const headers: Record<string, string> = { "x-sluice-debug": "raw", "x-sluice-admin-token": "" };
  for (const token of [undefined, ""]) {
    expect(readSluiceHeaders((name) => headers[name], createAdminCheck(token)).kind).toBe("refused");
  }
});

test("x-sluice-user", () => {
  expect(read({ "x-sluice-user": "ada" }).user).toBe("ada");
  expect(read({ "x-sluice-user": "a".repeat(512) }).user).toHaveLength(512);
  expect(refusal({ "x-sluice-user": "a".repeat(513) })).toBe(ErrorReason.INVALID_REQUEST);
});

test.each<[string, Record<string, string>]>([
  ["app=notes", { app: "notes" }],
  ["app=notes, stage = test ,", { app: "notes", stage: "test" }],
  ["app=a=b", { app: "a=b" }],
  ["app=", { app: "" }],
  ["app=first,app=second", { app: "second" }],
  ["", {}],
])("x-sluice-tags: %j is %j", (text, tags) => {
  expect(read({ "x-sluice-tags": text }).tags).toEqual(tags);
});

test("a tag of any name is the tag's own, not the object's", () => {
  expect(Object.entries(read({ "x-sluice-tags": "__proto__=x,constructor=y" }).tags)).toEqual([
    ["__proto__", "x"],
    ["constructor", "y"],
  ]);
});

test.each([
  ["x-sluice-cache", "yes"],
  ["x-sluice-cache", ""],
  ["x-sluice-cache", "OFF"],
  ["x-sluice-cache", "constructor"],
  ["x-sluice-cache", "off, off"],
  ["x-sluice-parameters", ""],
  ["x-sluice-parameters", "toString"],
  ["x-sluice-parameters", "lenient"],
  ["x-sluice-tags", "app"],
  ["x-sluice-tags", "=notes"],
  ["x-sluice-tags", "a b=c"],
  ["x-sluice-tags", `${"n".repeat(65)}=v`],
  ["x-sluice-tags", `n=${"v".repeat(257)}`],
  ["x-sluice-tags", Array.from({ length: 33 }, (_, place) => `n${place}=v`).join(",")],
])("%s: %s is refused, not ignored", (name, value) => {
  expect(refusal({ [name]: value })).toBe(ErrorReason.INVALID_REQUEST);
});
