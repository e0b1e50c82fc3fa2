import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installed, root, runCommand } from "./run-command.ts";
import type { StepResult } from "./run-steps.ts";

/** What the protos are compared with: where this branch left `main`, or the last commit. */
type Base = { readonly kind: "commit"; readonly id: string } | { readonly kind: "none"; readonly reason: string };

/** Whether the protos can still be read by those who were built with the ones of the base. */
export async function checkBreakingChanges(): Promise<StepResult> {
  const base = await findBase();
  if (base.kind === "none") return { kind: "skipped", reason: base.reason };
  const folder = mkdtempSync(join(tmpdir(), "sluice-check-"));
  try {
    const archive = join(folder, "base.tar");
    const archived = await runCommand("git", ["archive", "--output", archive, base.id, "proto", "buf.yaml"]);
    if (archived.exitCode !== 0) return { kind: "skipped", reason: `no protos in ${base.id.slice(0, 12)}` };
    const against = join(folder, "base");
    mkdirSync(against);
    const unpacked = await runCommand("tar", ["-xf", archive, "-C", against]);
    if (unpacked.exitCode !== 0) return { kind: "failed", output: unpacked.output };
    cpSync(join(root, ".tools/proto"), join(against, ".tools/proto"), { recursive: true });
    const { exitCode, output } = await runCommand(installed("buf"), ["breaking", "--against", against]);
    if (exitCode !== 0) return { kind: "failed", output };
    return { kind: "passed", detail: `against ${base.id.slice(0, 12)}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function findBase(): Promise<Base> {
  const head = await readCommit(["rev-parse", "--verify", "HEAD"]);
  if (head === undefined) return { kind: "none", reason: "no git history" };
  for (const main of ["main", "origin/main"]) {
    const id = await readCommit(["merge-base", "HEAD", main]);
    if (id !== undefined) return { kind: "commit", id };
  }
  return { kind: "commit", id: head };
}

async function readCommit(args: readonly string[]): Promise<string | undefined> {
  const { exitCode, output } = await runCommand("git", args);
  const id = output.trim();
  return exitCode === 0 && /^[0-9a-f]{40,64}$/.test(id) ? id : undefined;
}
