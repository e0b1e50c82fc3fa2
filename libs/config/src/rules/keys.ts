import type { Config } from "@sluice/api/sluice/config/v1/config";
import { parseExpiry } from "../parse-expiry.ts";
import type { Report } from "../report.ts";
import { checkReference, type Names } from "./references.ts";

export function checkKeys(config: Config, names: Names, report: Report): void {
  const holders = new Map<string, number>();
  config.keys.forEach((key, index) => {
    const path = `keys[${index}]`;
    checkReference("team", key.team, names.teams, `${path}.team`, report);
    if (key.expires !== "" && parseExpiry(key.expires) === undefined) {
      report.problem(`${path}.expires`, `no such day or moment: ${key.expires}`);
    }
    const holder = holders.get(key.secret);
    if (holder === undefined || key.secret === "") holders.set(key.secret, index);
    else report.problem(`${path}.secret`, `the same secret as that of keys[${holder}]; give each key its own`);
  });
}
