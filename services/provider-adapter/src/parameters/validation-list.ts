import type { JsonObject, JsonValue } from "@sluice/dialects";
import type { Finding } from "./finding.ts";
import { readList } from "./wordings.ts";

/**
 * Faults as pydantic lists them: vLLM, Mistral, FastAPI and whoever checks with it (docs.pydantic.dev/latest/errors/validation_errors, seen
 * 2026-11-22). `unreadable`: there is a fault among them that no change of a parameter mends, so that mending the others is of no use.
 */
export type ListedFaults =
  | { readonly kind: "none" }
  | { readonly kind: "unreadable" }
  | { readonly kind: "read"; readonly findings: readonly Finding[] };

type Fault = { readonly type: string; readonly loc: readonly (string | number)[]; readonly msg: string };

export function readValidationList(list: readonly JsonValue[]): ListedFaults {
  const faults = list.flatMap((item) => faultOf(item) ?? []);
  return faults.length === 0 ? { kind: "none" } : findingsOf(faults);
}

/** The same list as Python prints it, which vLLM puts into a message. */
export function readPrintedList(text: string): ListedFaults {
  const faults = [
    ...text.matchAll(/'type': '([\w.]+)', 'loc': \(([^)]{0,200})\), 'msg': (?:'([^']{0,300})'|"([^"]{0,300})")/g),
  ];
  if (faults.length === 0) return { kind: "none" };
  return findingsOf(
    faults.map(([, type = "", loc = "", single, double]) => ({
      type,
      loc: loc
        .split(/, ?/)
        .filter((part) => part !== "")
        .map((part): string | number => (/^\d+$/.test(part) ? Number(part) : part.slice(1, -1))),
      msg: single ?? double ?? "",
    })),
  );
}

function faultOf(item: JsonValue): Fault | undefined {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return undefined;
  const { loc, msg, type } = item as JsonObject;
  if (!Array.isArray(loc) || typeof msg !== "string") return undefined;
  const parts = loc as readonly JsonValue[];
  if (!parts.every((part) => typeof part === "string" || typeof part === "number")) return undefined;
  return { type: typeof type === "string" ? type : "", loc: parts as readonly (string | number)[], msg };
}

function findingsOf(faults: readonly Fault[]): ListedFaults {
  const findings: Finding[] = [];
  for (const fault of faults) {
    const finding = findingOf(fault);
    if (finding === undefined) return { kind: "unreadable" };
    if (!findings.some(({ name }) => name === finding.name)) findings.push(finding);
  }
  return { kind: "read", findings };
}

/** The last part may be the name of an alternative, such as `float`. */
const alternative =
  /^(?:float|int|integer|bool|boolean|str|string|list\[.*|dict\[.*|literal\[.*|constrained-.*|function-.*)$/;

function findingOf({ type, loc, msg }: Fault): Finding | undefined {
  const parts = loc[0] === "body" ? loc.slice(1) : [...loc];
  while (parts.length > 1 && alternative.test(String(parts.at(-1)))) parts.pop();
  if (parts.length === 0 || parts.some((part) => typeof part === "number")) return undefined;
  const name = parts.join(".");
  const evidence = `${name}: ${msg}`.slice(0, 300);
  const bound = Number(/(-?\d+(?:\.\d+)?)\s*$/.exec(msg)?.[1] ?? Number.NaN);
  switch (type) {
    case "extra_forbidden":
    case "value_error.extra":
      return { kind: "unsupported", name, evidence };
    case "less_than_equal":
      return Number.isNaN(bound) ? undefined : { kind: "range", name, maximum: bound, evidence };
    case "greater_than_equal":
      return Number.isNaN(bound) ? undefined : { kind: "range", name, minimum: bound, evidence };
    case "literal_error":
    case "enum": {
      const values = readList(msg);
      return values.length === 0 ? undefined : { kind: "values", name, values, evidence };
    }
    case "too_long": {
      const most = Number(/at most (\d+) items?/.exec(msg)?.[1] ?? Number.NaN);
      return Number.isNaN(most) ? undefined : { kind: "range", name, maximum: most, evidence };
    }
    default:
      return /extra (?:inputs|fields) (?:are )?not permitted/i.test(msg)
        ? { kind: "unsupported", name, evidence }
        : undefined;
  }
}
