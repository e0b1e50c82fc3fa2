import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readUrl, startNode } from "./processes.ts";

export interface AlternativeOptions {
  /** The mock upstream, without a path. */
  readonly upstreamUrl: string;
  readonly otlpUrl: string;
  /** A folder of this alternative's own. */
  readonly dir: string;
  /** Write CPU profiles here when stopped. */
  readonly profileDir: string | undefined;
}

export interface RunningAlternative {
  readonly url: string;
  /** The processes that are measured, by the name of the service. */
  readonly pids: Readonly<Record<string, number>>;
  /** The process that all others descend from. Those that are not measured are Postgres, nats-server and launchers. */
  readonly root: number;
  stop(): Promise<void>;
}

/** Something that takes POST /v1/chat/completions. */
export interface Alternative {
  readonly name: string;
  /** The most CPU of a unary 1k request, as a multiple of `bare`. Undefined: no limit. */
  readonly limit: number | undefined;
  start(options: AlternativeOptions): Promise<RunningAlternative>;
}

const root = join(import.meta.dirname, "..", "..");

/** The virtual key that all requests show; `bare` does not look at it. */
export const virtualKey = "sk-sluice-bench-0123456789abcdef0123456789abcdef";

const bare: Alternative = {
  name: "bare",
  limit: undefined,
  async start({ upstreamUrl, profileDir }) {
    const script = join(root, "bench", "bare-proxy.ts");
    const started = await startNode([...profiling(profileDir), script, upstreamUrl], process.env, readUrl);
    return { url: started.said, pids: { proxy: started.pid }, root: started.pid, stop: started.stop };
  },
};

const standalone: Alternative = {
  name: "standalone",
  limit: 2.2,
  async start(options) {
    const script = join(root, "services", "standalone", "main.ts");
    const started = await startNode([...profiling(options.profileDir), script], sluiceEnv(options), readListening);
    return { url: started.said, pids: { standalone: started.pid }, root: started.pid, stop: started.stop };
  },
};

const mesh: Alternative = {
  name: "mesh",
  limit: 4.8,
  async start(options) {
    const env = { ...sluiceEnv(options), SLUICE_MESH_JSON: "1", SLUICE_MESH_PROFILE_DIR: options.profileDir };
    const started = await startNode([join(root, "tools", "mesh.ts")], env, readServices);
    const services = Object.entries(started.said);
    const router = started.said["router"];
    if (router === undefined) throw new Error("the mesh names no router among its services");
    const pids = Object.fromEntries(services.map(([name, service]) => [name, service.pid]));
    return { url: router.url, pids, root: started.pid, stop: started.stop };
  },
};

export const alternatives: readonly Alternative[] = [bare, standalone, mesh];

function profiling(dir: string | undefined): string[] {
  return dir === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${dir}`];
}

/** Everything that costs is on: a key, a budget, the journal, metrics, and tracing of 1 in 100. The cache is off. */
function sluiceEnv(options: AlternativeOptions): Readonly<Record<string, string | undefined>> {
  mkdirSync(options.dir, { recursive: true });
  const configPath = join(options.dir, "sluice.yaml");
  writeFileSync(
    configPath,
    `providers:
  - name: openai
    kind: openai
    base_url: ${options.upstreamUrl}/v1
    api_keys: [sk-of-the-mock-upstream]
  - name: anthropic
    kind: anthropic
    base_url: ${options.upstreamUrl}
    api_keys: [sk-of-the-mock-upstream]
teams:
  - {name: bench, models: ["*"]}
keys:
  - {name: bench, team: bench, secret: ${virtualKey}}
budgets:
  - {name: bench-month, scope: {team: bench}, limit_usd: "999999999", window: month}
`,
  );
  const { PATH, HOME, SLUICE_NATS_SERVER } = process.env;
  return {
    PATH,
    HOME,
    SLUICE_NATS_SERVER,
    SLUICE_CONFIG: configPath,
    SLUICE_PORT: "0",
    SLUICE_DATA_DIR: join(options.dir, "data"),
    SLUICE_ADMIN_TOKEN: "sluice-admin-bench-0123456789abcdef",
    OTEL_EXPORTER_OTLP_ENDPOINT: options.otlpUrl,
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0.01",
  };
}

function readListening(line: string): string | undefined {
  return /^Sluice listens on (\S+)$/.exec(line)?.[1];
}

type Services = Readonly<Record<string, { readonly pid: number; readonly url: string }>>;

function readServices(line: string): Services | undefined {
  return line.startsWith('{"services"') ? (JSON.parse(line) as { readonly services: Services }).services : undefined;
}
