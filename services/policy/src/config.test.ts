import { ConfigError } from "@sluice/runtime";
import { expect, it } from "vitest";
import { readPolicyConfig } from "./config.ts";

const env = {
  DATABASE_URL: "postgres://u:p@db/sluice",
  SLUICE_MESH_SECRET: "a-mesh-secret-of-24-characters",
  SLUICE_ADMIN_TOKEN: "token",
};

it("reads the environment, with defaults", () => {
  expect(readPolicyConfig(env)).toMatchObject({
    port: 8081,
    host: "127.0.0.1",
    configPath: undefined,
    leaseTtl: 30_000,
    maxStaleness: 3_600_000,
    adapterUrls: ["http://127.0.0.1:8084"],
  });
  expect(readPolicyConfig({ ...env, SLUICE_ADAPTER_URL: "http://a:1, http://b:2" }).adapterUrls).toHaveLength(2);
});

it("names every bad variable at once", () => {
  expect(() => readPolicyConfig({ SLUICE_PORT: "x", SLUICE_LEASE_TTL: "1s" })).toThrow(ConfigError);
  expect(() => readPolicyConfig({ SLUICE_PORT: "x", SLUICE_LEASE_TTL: "1s" })).toThrow(
    /5 bad[\s\S]*SLUICE_PORT[\s\S]*SLUICE_LEASE_TTL[\s\S]*DATABASE_URL/,
  );
});
