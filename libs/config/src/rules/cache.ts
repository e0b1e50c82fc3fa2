import type { Config } from "@sluice/api/sluice/config/v1/config";
import type { Report } from "../report.ts";
import { checkDuration } from "./durations.ts";

export function checkCache(config: Config, report: Report): void {
  checkDuration(config.cache?.exact?.ttl ?? "", "cache.exact.ttl", report);
  checkDuration(config.cache?.semantic?.ttl ?? "", "cache.semantic.ttl", report);
}
