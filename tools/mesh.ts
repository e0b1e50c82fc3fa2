import { join } from "node:path";
import { readBootstrapKey } from "@sluice/policy";
import { keepLocalSecret, welcome } from "@sluice/standalone";
import { startMesh } from "./mesh/start-mesh.ts";

// `npm run mesh`: the whole of Sluice as processes of this machine, until Ctrl-C.
//
// SLUICE_ROUTERS=2 starts two routers. SLUICE_MESH_JSON=1 prints one line of JSON with each service's pid and address, for programs.

const env = process.env;
const dataDir = env["SLUICE_DATA_DIR"] || ".sluice/mesh";
const adminToken = env["SLUICE_ADMIN_TOKEN"] || keepLocalSecret(join(dataDir, "admin-token"), "sluice-admin-");
const profileDir = env["SLUICE_MESH_PROFILE_DIR"];

const mesh = await startMesh({
  dataDir,
  toolsDir: ".tools",
  port: Number(env["SLUICE_PORT"] ?? 8080),
  routers: Number(env["SLUICE_ROUTERS"] ?? 1),
  adminToken,
  env,
  ...(profileDir === undefined ? {} : { nodeOptions: ["--cpu-prof", `--cpu-prof-dir=${profileDir}`] }),
  output: (_name, text) => process.stdout.write(text),
});

let _stopping: Promise<void> | undefined;
const stop = () => {
  _stopping ??= mesh.stop();
};
process.on("SIGINT", stop);
process.on("SIGTERM", stop);

const services = mesh.services;
const url = (name: string) => services[name]?.url ?? "";
if (env["SLUICE_MESH_JSON"] === "1") {
  const described = Object.entries(services).map(([name, service]) => [name, { pid: service.pid, url: service.url }]);
  process.stdout.write(
    `${JSON.stringify({ services: Object.fromEntries(described), database_url: mesh.databaseUrl })}\n`,
  );
}
const others = Object.entries(services).filter(([name]) => name !== "router");
process.stdout.write(
  welcome({
    url: url("router"),
    adminToken,
    firstKey: await readBootstrapKey(join(dataDir, "policy")),
    dataDir,
    also: Object.fromEntries(others.map(([name, service]) => [name, service.url])),
  }),
);
