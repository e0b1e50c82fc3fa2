import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeEnv, telemetryVariables, type Variable } from "@sluice/runtime";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

/** What a service reads, by variable: its default as text, or that it must be set. */
type EnvTable = ReadonlyMap<string, { readonly default: string }>;

interface ComposeService {
  readonly build?: { readonly dockerfile: string; readonly args: { readonly SERVICE: string } };
  readonly image?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[]; readonly retries: number };
  readonly stop_grace_period?: string;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, "utf8");
const compose = parse(read("deploy/compose.yaml"), { merge: true }) as {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const ours = Object.entries(compose.services).filter(([, { build }]) => build !== undefined);
const names = ["billing", "cache", "policy", "provider-adapter", "router"] as const;
/** Read by the adapter for its providers, beside its own table. */
const providerVariables = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"];
const everywhere = new Set(["SLUICE_LOG_LEVEL", ...describeEnv(telemetryVariables).map(({ name }) => name)]);

const tables = new Map<string, EnvTable>(
  await Promise.all(names.map(async (name): Promise<[string, EnvTable]> => [name, await readTable(name)])),
);

/** The largest table of variables that a service's config.ts exports: its own as a process. */
async function readTable(service: string): Promise<EnvTable> {
  const path = new URL(`../services/${service}/src/config.ts`, import.meta.url).href;
  const exported = Object.entries((await import(path)) as Record<string, unknown>)
    .filter(([name, value]) => name.endsWith("Env") && typeof value === "object" && value !== null)
    .map(([, value]) => describeEnv(value as Record<string, Variable<unknown>>))
    .sort((one, other) => other.length - one.length);
  return new Map(exported[0]?.map((row) => [row.name, row]));
}

const tableOf = (service: string): EnvTable => tables.get(service) ?? new Map();
const portOf = (service: string) => tableOf(service).get("SLUICE_PORT")?.default;
const variableOf = (service: ComposeService, name: string) => service.environment?.[name] ?? "";

describe("compose.yaml", () => {
  it("runs the five services, each from its own folder", () => {
    expect(ours.map(([name]) => name).sort()).toEqual([...names]);
    for (const [name, { build }] of ours) {
      expect(build?.args.SERVICE).toBe(name);
      expect(existsSync(`${root}${build?.dockerfile}`)).toBe(true);
    }
  });

  it.each(ours)("gives %s variables that it reads, and all that it must have", (name, service) => {
    const table = tableOf(name);
    expect(table.size).toBeGreaterThan(2);
    for (const variable of Object.keys(service.environment ?? {})) {
      const known = table.has(variable) || everywhere.has(variable);
      expect(known || (name === "provider-adapter" && providerVariables.includes(variable)), variable).toBe(true);
    }
    for (const [variable, row] of table) {
      if (row.default === "required") expect(variableOf(service, variable), variable).not.toBe("");
    }
  });

  it.each(ours)("reaches %s where it listens", (name, service) => {
    const port = portOf(name);
    expect(service.healthcheck?.test.join(" ")).toContain(`http://127.0.0.1:${port}/readyz`);
    for (const published of service.ports ?? []) expect(published.endsWith(`:${port}:${port}`), published).toBe(true);
    expect(variableOf(service, "SLUICE_PORT")).toBe("");
  });

  it("points services at each other's names and ports", () => {
    const targets = new Set<string>();
    for (const [, service] of ours) {
      for (const [variable, value] of Object.entries(service.environment ?? {})) {
        const target = /^SLUICE_(\w+)_URL$/.exec(variable)?.[1];
        if (target === undefined) continue;
        const named = target === "ADAPTER" ? "provider-adapter" : target.toLowerCase();
        expect(value, variable).toBe(`http://${named}:${portOf(named)}`);
        targets.add(named);
      }
    }
    expect([...targets].sort()).toEqual(["cache", "policy", "provider-adapter"]);
  });

  it("gives no service the credentials of another", () => {
    for (const [name, service] of ours) {
      const text = JSON.stringify(service);
      expect(text.includes("OPENAI_API_KEY"), name).toBe(name === "provider-adapter");
      for (const other of ["POLICY", "CACHE", "BILLING"]) {
        expect(text.includes(`SLUICE_${other}_DB_PASSWORD`), `${name} ${other}`).toBe(name === other.toLowerCase());
      }
    }
  });

  it("keeps what must survive in volumes that are declared", () => {
    const used = Object.values(compose.services)
      .flatMap(({ volumes }) => volumes ?? [])
      .map((volume) => volume.split(":")[0] ?? "")
      .filter((source) => !source.startsWith("."));
    expect(new Set(used)).toEqual(new Set(Object.keys(compose.volumes)));
    const folder = /SLUICE_DATA_DIR=(\S+)/.exec(read("deploy/Dockerfile"))?.[1];
    expect(compose.services["router"]?.volumes).toContain(`router-journal:${folder}`);
    for (const mounted of Object.values(compose.services).flatMap(({ volumes }) => volumes ?? [])) {
      const source = mounted.split(":")[0] ?? "";
      if (source.startsWith("./") && source !== "./config")
        expect(existsSync(`${root}deploy/${source}`), source).toBe(true);
    }
  });

  it("waits for what has a health check only", () => {
    for (const [, service] of ours) {
      for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(condition).toBe("service_healthy");
        expect(compose.services[name]?.healthcheck, name).toBeDefined();
      }
    }
  });

  it("gives every service longer to stop than it takes to drain", () => {
    for (const [name, service] of ours) {
      const drain = tableOf(name).get("SLUICE_DRAIN_TIMEOUT")?.default ?? "30s";
      expect(Number.parseInt(service.stop_grace_period ?? "0", 10), name).toBeGreaterThan(Number.parseInt(drain, 10));
    }
  });

  it("is told by .env.example all that it asks for, and nothing else", () => {
    const asked = new Set(Array.from(read("deploy/compose.yaml").matchAll(/\$\{([A-Z_]+)/g), ([, name]) => name));
    const told = new Set(Array.from(read("deploy/.env.example").matchAll(/^([A-Z_]+)=/gm), ([, name]) => name));
    expect(told).toEqual(asked);
  });
});

describe("init.sql", () => {
  const sql = read("deploy/postgres/init.sql");

  it.each(["policy", "cache", "billing"])("makes the schema and the role that %s uses", (name) => {
    expect(sql).toContain(`create schema ${name} authorization sluice_${name};`);
    const service = compose.services[name] ?? {};
    const password = `SLUICE_${name.toUpperCase()}_DB_PASSWORD`;
    expect(sql).toContain(`\\getenv ${name}_password ${password}`);
    const database = compose.services["postgres"]?.environment?.["POSTGRES_DB"];
    expect(variableOf(service, "DATABASE_URL")).toMatch(
      new RegExp(`^postgres://sluice_${name}:\\$\\{${password}:\\?[^}]+\\}@postgres:5432/${database}$`),
    );
    expect(compose.services["postgres"]?.environment).toHaveProperty(password);
  });
});

describe("Dockerfile", () => {
  const dockerfile = read("deploy/Dockerfile");

  it("uses the Node and the pnpm that everything else uses", () => {
    expect(/NODE_VERSION=(\S+)/.exec(dockerfile)?.[1]).toBe(read(".node-version").trim());
    const pnpm = /pnpmVersion = "([^"]+)"/.exec(read("tools/setup.mjs"))?.[1];
    expect(dockerfile).toContain(`--package=pnpm@${pnpm}`);
  });

  it.each(names)("starts %s by files that are there", (name) => {
    const command = JSON.parse(/^CMD (.+)$/m.exec(dockerfile)?.[1] ?? "[]") as readonly string[];
    const files = command.filter((word) => word.endsWith(".ts"));
    expect(files).toHaveLength(2);
    for (const file of files) expect(existsSync(`${root}services/${name}/${file}`), file).toBe(true);
  });
});

describe("collector.yaml", () => {
  it("reads every service's metrics where they are", () => {
    const collector = read("deploy/otel/collector.yaml");
    for (const name of names) expect(collector).toContain(`${name}:${portOf(name)}`);
    expect(read("deploy/.env.example")).toContain(`http://otel-collector:${/0\.0\.0\.0:(4318)/.exec(collector)?.[1]}`);
  });
});

describe("the services' README", () => {
  it.each(names)("of %s says what the service reads", (name) => {
    const readme = read(`services/${name}/README.md`);
    const said = Array.from(readme.matchAll(/^\| `([A-Z_]+)`\s*\|\s*(.*?)\s*\|/gm), ([, variable, value]) => [
      variable,
      value?.replaceAll("`", ""),
    ]);
    expect(Object.fromEntries(said)).toMatchObject(
      Object.fromEntries(Array.from(tableOf(name), ([variable, row]) => [variable, row.default])),
    );
  });
});
