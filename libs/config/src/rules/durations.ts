import { parseDuration } from "@sluice/runtime/duration";
import type { Report } from "../report.ts";

const maxDurationMs = 3_650 * 86_400_000;

/** Reports a duration of nothing, or of more than ten years. Empty: there is none. */
export function checkDuration(text: string, path: string, report: Report): void {
  if (text === "") return;
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined && milliseconds > 0 && milliseconds <= maxDurationMs) return;
  report.problem(path, `expected a duration from 1ms to 3650d, found ${text.slice(0, 40)}`);
}
