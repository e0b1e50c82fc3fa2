import { type DescField, type DescMessage, isFieldSet, type Message } from "@bufbuild/protobuf";
import { type Config, ConfigSchema } from "@sluice/api/sluice/config/v1/config";
import { notYetAvailable } from "./not-yet-available.ts";
import type { Report } from "./report.ts";

/** Refuses every use of a part that this release does not serve. */
export function findUnavailable(config: Config, report: Report): void {
  for (const { field, served } of notYetAvailable) {
    for (const { path, value } of valuesOf(config, field)) {
      if (served === undefined) report.problem(path, "not available yet; leave it out");
      else if (!served.includes(value as string | number)) {
        report.problem(path, `${JSON.stringify(value)} is not available yet, expected ${served.join(" or ")}`);
      }
    }
  }
}

interface Value {
  readonly path: string;
  readonly value: unknown;
}

/** Every value that is set at a pattern of a path. */
function valuesOf(config: Config, pattern: string): readonly Value[] {
  let schema: DescMessage | undefined = ConfigSchema;
  let found: readonly Value[] = [{ path: "", value: config }];
  for (const part of pattern.split(".")) {
    const name = part.replace("[]", "");
    const field: DescField | undefined = schema?.fields.find((candidate) => candidate.name === name);
    if (field === undefined) throw new Error(`no field ${pattern} in sluice.config.v1.Config`);
    const inList = part.endsWith("[]");
    found = found.flatMap(({ path, value }) => {
      if (!isFieldSet(value as Message, field)) return [];
      const at = path === "" ? name : `${path}.${name}`;
      const inner = (value as Readonly<Record<string, unknown>>)[field.localName];
      if (!inList) return [{ path: at, value: inner }];
      return (inner as readonly unknown[]).map((item, index) => ({ path: `${at}[${index}]`, value: item }));
    });
    schema = field.message;
  }
  return found;
}
