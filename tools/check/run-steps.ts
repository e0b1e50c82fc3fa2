/** How a step came out. */
export type StepResult =
  | { readonly kind: "passed"; readonly detail?: string }
  | { readonly kind: "failed"; readonly output: string }
  | { readonly kind: "skipped"; readonly reason: string };

export interface Step {
  readonly name: string;
  run(): Promise<StepResult>;
}

export interface StepsSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
}

/**
 * Runs steps, `atOnce` at a time, in their order. Writes one line for each as it ends, then the output of those that failed, then the
 * summary. A step that throws has failed.
 */
export async function runSteps(
  steps: readonly Step[],
  options: { readonly atOnce: number; readonly write: (text: string) => void; readonly monotonicMs: () => number },
): Promise<StepsSummary> {
  const { write, monotonicMs } = options;
  const width = Math.max(0, ...steps.map(({ name }) => name.length));
  const startedMs = monotonicMs();
  const failures: { readonly name: string; readonly output: string }[] = [];
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const waiting = [...steps];

  async function work(): Promise<void> {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const { name } = step;
      const stepStartedMs = monotonicMs();
      const result = await runStep(step);
      counts[result.kind] += 1;
      if (result.kind === "failed") failures.push({ name, output: result.output });
      const seconds = ((monotonicMs() - stepStartedMs) / 1000).toFixed(1);
      write(`${words[result.kind]}  ${name.padEnd(width)}  ${seconds.padStart(5)} s${describe(result)}\n`);
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, options.atOnce) }, work));

  for (const { name, output } of failures) write(`\n--- ${name} ---\n${output.trimEnd()}\n`);
  const seconds = (monotonicMs() - startedMs) / 1000;
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  write(`\ncheck: ${counts.passed} passed, ${counts.failed} failed${skipped} in ${seconds.toFixed(1)} s\n`);
  return { ...counts, seconds };
}

const words = { passed: "ok    ", failed: "FAILED", skipped: "--    " } as const;

async function runStep(step: Step): Promise<StepResult> {
  try {
    return await step.run();
  } catch (error) {
    return { kind: "failed", output: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function describe(result: StepResult): string {
  if (result.kind === "skipped") return `  skipped: ${result.reason}`;
  return result.kind === "passed" && result.detail !== undefined ? `  ${result.detail}` : "";
}
