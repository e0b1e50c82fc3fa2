import { ParameterChangeKindSchema } from "@sluice/api/sluice/provider/v1/attempt";
import { CacheState } from "@sluice/api/sluice/usage/v1/usage_event";
import { formatUsd } from "@sluice/money";
import type { Report } from "../flow/report.ts";

const cacheWords: Readonly<Record<number, string>> = {
  [CacheState.UNSPECIFIED]: "off",
  [CacheState.MISS]: "miss",
  [CacheState.EXACT]: "exact",
  [CacheState.SEMANTIC]: "semantic",
  [CacheState.COALESCED]: "coalesced",
};

/** The `x-sluice-*` headers that say of an answer, or of an error, what Sluice knows: name, value, name, value, ... */
export function reportHeaders(report: Report): string[] {
  const headers = [
    "x-sluice-request-id",
    report.requestId,
    "x-sluice-attempts",
    String(report.attempts),
    "x-sluice-cache",
    cacheWords[report.cacheState] ?? "off",
  ];
  if (report.model !== "") headers.push("x-sluice-model", headerSafe(report.model));
  if (report.parameterChanges.length > 0) headers.push("x-sluice-parameters", describeChanges(report));
  if (report.estimated) headers.push("x-sluice-estimated", "true");
  if (report.degraded !== "") headers.push("x-sluice-degraded", headerSafe(report.degraded));
  if (report.costNanos !== undefined) headers.push(costHeader, formatUsd(report.costNanos));
  return headers;
}

/** Known before the headers leave only for a whole answer: a stream says it in its trailer. */
export const costHeader = "x-sluice-cost-usd";

function describeChanges(report: Report): string {
  return report.parameterChanges
    .map((change) => {
      const kind = ParameterChangeKindSchema.value[change.kind]?.name ?? "";
      return `${headerSafe(change.parameter)}=${kind.slice("PARAMETER_CHANGE_KIND_".length).toLowerCase()}`;
    })
    .join("; ")
    .slice(0, 4096);
}

function headerSafe(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}
