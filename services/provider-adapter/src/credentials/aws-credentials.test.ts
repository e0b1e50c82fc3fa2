import { expect, test } from "vitest";
import { type AwsChain, createAwsCredentials } from "./aws-credentials.ts";
import type { CredentialSource } from "./credential-source.ts";

const scope = { region: "eu-central-1", service: "bedrock" };
const nobody = { accessKeyId: "", secretAccessKey: "", sessionToken: "", profile: "" };
const call = { method: "POST", origin: "https://bedrock.example", path: "/model/x/converse", body: new Uint8Array() };
const hourMs = 3_600_000;

function clockAt(start: number) {
  let nowMs = start;
  return { clock: { now: () => nowMs, monotonicMs: () => nowMs }, pass: (ms: number) => (nowMs += ms) };
}

function sourceOf(
  identity: Partial<typeof nobody>,
  env: Readonly<Record<string, string>>,
  chain: AwsChain = () => Promise.reject(new Error("the chain is not to be asked")),
) {
  const { clock, pass } = clockAt(Date.UTC(2026, 10, 22));
  const asked: string[] = [];
  const loadChain = async (profile: string, region: string) => {
    asked.push(`${profile}/${region}`);
    return chain;
  };
  return { source: createAwsCredentials({ ...nobody, ...identity }, scope, { env, clock, loadChain }), asked, pass };
}

async function show(source: CredentialSource) {
  const authorization = await source.authorize(call);
  if (authorization.kind === "unavailable") return authorization.message;
  const headers = new Map<string, string>();
  for (let at = 0; at < authorization.headers.length; at += 2) {
    headers.set(authorization.headers[at] as string, authorization.headers[at + 1] as string);
  }
  const keyId = /Credential=([^/]+)\/20261122\/eu-central-1\/bedrock\/aws4_request/.exec(
    headers.get("authorization") ?? "",
  );
  return { keyId: keyId?.[1], token: headers.get("x-amz-security-token") };
}

test("configured keys first, then the environment's, at once and without the chain", async () => {
  const env = { AWS_ACCESS_KEY_ID: "AKIAENV", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" };
  const configured = sourceOf({ accessKeyId: "AKIACONFIG", secretAccessKey: "s" }, env);
  expect(configured.source.authorize(call)).not.toBeInstanceOf(Promise);
  expect(await show(configured.source)).toEqual({ keyId: "AKIACONFIG", token: undefined });
  const given = sourceOf({}, env);
  expect(given.source.authorize(call)).not.toBeInstanceOf(Promise);
  expect(await show(given.source)).toEqual({ keyId: "AKIAENV", token: "t" });
  expect([...configured.asked, ...given.asked]).toEqual([]);
});

test("a profile that is named goes before the environment's keys", async () => {
  const env = { AWS_ACCESS_KEY_ID: "AKIAENV", AWS_SECRET_ACCESS_KEY: "s" };
  const chain = async () => ({ accessKeyId: "AKIAPROFILE", secretAccessKey: "s" });
  const { source, asked } = sourceOf({ profile: "work" }, env, chain);
  expect(await show(source)).toEqual({ keyId: "AKIAPROFILE", token: undefined });
  expect(asked).toEqual(["work/eu-central-1"]);
});

test("the chain's keys are kept until shortly before they expire", async () => {
  let number = 0;
  const expiration = () => new Date(Date.UTC(2026, 10, 22) + number * hourMs);
  const chain = async () => {
    number += 1;
    return { accessKeyId: `ASIA${number}`, secretAccessKey: "s", sessionToken: `t${number}`, expiration: expiration() };
  };
  const { source, pass } = sourceOf({}, {}, chain);
  expect(await show(source)).toEqual({ keyId: "ASIA1", token: "t1" });
  pass(hourMs / 2);
  expect(source.authorize(call)).not.toBeInstanceOf(Promise);
  pass(hourMs / 2);
  expect(await show(source)).toEqual({ keyId: "ASIA2", token: "t2" });
});

test("keys that the provider refuses are looked up again", async () => {
  let number = 0;
  const { source, pass } = sourceOf({}, {}, async () => {
    number += 1;
    return { accessKeyId: `AKIA${number}`, secretAccessKey: "s" };
  });
  const first = await source.authorize(call);
  pass(60_000);
  if (first.kind !== "authorized") throw new Error(first.message);
  first.refused("rate", 1_000);
  expect(await show(source)).toMatchObject({ keyId: "AKIA1" });
  const second = await source.authorize(call);
  if (second.kind !== "authorized") throw new Error(second.message);
  second.refused("credential", 1_000);
  expect(await show(source)).toMatchObject({ keyId: "AKIA2" });
});

test("where there is no identity, it is said what to set, and nothing of what was found", async () => {
  const { source } = sourceOf({}, {}, () =>
    Promise.reject(Object.assign(new Error("secret in a file"), { name: "CredentialsProviderError" })),
  );
  const told = await show(source);
  expect(told).toMatch(/^no AWS identity was found \(CredentialsProviderError\): set AWS_BEARER_TOKEN_BEDROCK, or /);
  expect(told).not.toContain("secret in a file");
});
