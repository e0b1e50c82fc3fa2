import { availableParallelism } from "node:os";
import { checkBreakingChanges } from "./check/breaking-changes.ts";
import { checkConfigSchema, checkGeneratedCode, checkProviderTables } from "./check/generated.ts";
import { prepareProtos } from "./check/prepare-protos.ts";
import { installed, runCommand } from "./check/run-command.ts";
import { runSteps, type Step, type StepResult } from "./check/run-steps.ts";

// `npm run check`: everything that can be known without a server, in well under a minute. With names, only those steps:
// `npm run check -- tsc biome`.

const command = (name: string, program: string, ...args: readonly string[]): Step => ({
  name,
  async run(): Promise<StepResult> {
    const { exitCode, output } = await runCommand(program, args);
    return exitCode === 0 ? { kind: "passed" } : { kind: "failed", output };
  },
});

/** The longest first. */
const steps: readonly Step[] = [
  command("unit tests", installed("vitest"), "run", "--project", "unit"),
  command("tsc", installed("tsc"), "-p", "."),
  command("biome", installed("biome"), "check", "--error-on-warnings"),
  { name: "generated code", run: checkGeneratedCode },
  { name: "buf breaking", run: checkBreakingChanges },
  { name: "config schema", run: checkConfigSchema },
  { name: "provider tables", run: checkProviderTables },
  command("buf lint", installed("buf"), "lint"),
  command("buf format", installed("buf"), "format", "--diff", "--exit-code", "--path", "proto/sluice"),
  command("imports", process.execPath, "tools/check-imports.ts"),
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`check: no step ${unknown.join(", ")}; there are: ${steps.map(({ name }) => name).join(", ")}`);
  process.exitCode = 2;
} else {
  prepareProtos();
  const { failed } = await runSteps(
    steps.filter(({ name }) => wanted.length === 0 || wanted.includes(name)),
    {
      atOnce: availableParallelism(),
      write: (text) => process.stdout.write(text),
      monotonicMs: () => performance.now(),
    },
  );
  process.exitCode = failed === 0 ? 0 : 1;
}
