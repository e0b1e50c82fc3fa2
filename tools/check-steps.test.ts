import { describe, expect, it } from "vitest";
import { runSteps, type Step, type StepResult } from "./check/run-steps.ts";

const step = (name: string, result: StepResult): Step => ({ name, run: () => Promise.resolve(result) });

async function run(steps: readonly Step[], atOnce = 1) {
  let text = "";
  const summary = await runSteps(steps, { atOnce, write: (part) => (text += part), monotonicMs: () => 0 });
  return { summary, text };
}

describe("runSteps", () => {
  it("says of each step how it came out, then what failed, and counts at the end", async () => {
    const { summary, text } = await run([
      step("tsc", { kind: "passed" }),
      step("biome", { kind: "failed", output: "a.ts: wrong\n" }),
      step("breaking", { kind: "skipped", reason: "no git history" }),
      { name: "imports", run: () => Promise.reject(new Error("broken tool")) },
    ]);
    expect(summary).toMatchObject({ passed: 1, failed: 2, skipped: 1 });
    const lines = text.split("\n");
    expect(lines.slice(0, 4)).toEqual([
      "ok      tsc         0.0 s",
      "FAILED  biome       0.0 s",
      "--      breaking    0.0 s  skipped: no git history",
      "FAILED  imports     0.0 s",
    ]);
    expect(text).toContain("--- biome ---\na.ts: wrong\n");
    expect(text).toContain("broken tool");
    expect(text.endsWith("\ncheck: 1 passed, 2 failed, 1 skipped in 0.0 s\n")).toBe(true);
  });

  it("runs as many at once as it may, and no more", async () => {
    let running = 0;
    let most = 0;
    const slow = (name: string): Step => ({
      name,
      async run() {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return { kind: "passed" };
      },
    });
    await run(["a", "b", "c", "d", "e"].map(slow), 2);
    expect(most).toBe(2);
  });
});
