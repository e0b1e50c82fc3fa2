import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Coding agents as their makers publish them, by package. */
const agents = {
  claude: { name: "@anthropic-ai/claude-code", version: "2.1.330" },
  codex: { name: "@openai/codex", version: "0.169.0" },
} as const;

export type CodingAgent = keyof typeof agents;

const installTimeoutMs = 180_000;
const runTimeoutMs = 90_000;
const keptOutput = 200_000;

/** The path of an agent's program, installed on first use. Undefined, and said so, where its package cannot be had. */
export async function obtainCodingAgent(agent: CodingAgent): Promise<string | undefined> {
  const { name, version } = agents[agent];
  const folder = join(".tools", "coding-agents", `${agent}-${version}`);
  const program = join(process.cwd(), folder, "node_modules", ".bin", agent);
  const done = join(folder, "installed");
  if (!existsSync(done)) {
    mkdirSync(folder, { recursive: true });
    const install = ["install", "--prefix", folder, "--no-audit", "--no-fund", "--no-save", `${name}@${version}`];
    const installed = await run("npm", install, process.env, undefined, installTimeoutMs);
    if (installed.code !== 0) {
      console.log(`skipped: no ${name}`);
      return undefined;
    }
    // Its own program is fetched beside it and put in place by its install script, which npm may leave out.
    const script = join(folder, "node_modules", name, "install.cjs");
    if (existsSync(script)) await run(process.execPath, [script], process.env, undefined, installTimeoutMs);
    writeFileSync(done, "");
  }
  const answered = await run(program, ["--version"], process.env, undefined, runTimeoutMs);
  if (answered.code === 0) return program;
  console.log(`skipped: ${name} does not run here`);
  return undefined;
}

export type AgentRun = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs an agent in a folder and a home of its own, with nothing of this environment but what it is given. */
export function runCodingAgent(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<AgentRun> {
  const home = mkdtempSync(join(tmpdir(), "sluice-agent-"));
  const work = join(home, "work");
  mkdirSync(work);
  const given = { PATH: process.env["PATH"], HOME: home, CODEX_HOME: join(home, ".codex"), ...env };
  mkdirSync(given.CODEX_HOME, { recursive: true });
  return run(program, args, given, work, runTimeoutMs);
}

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string | undefined,
  timeoutMs: number,
): Promise<AgentRun> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout = (stdout + text).slice(-keptOutput);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-keptOutput);
    });
    child.once("error", (error) => resolve({ code: null, stdout, stderr: String(error) }));
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
