import { create } from "@bufbuild/protobuf";
import {
  type ParameterChange,
  ParameterChangeKind,
  ParameterChangeSchema,
} from "@sluice/api/sluice/provider/v1/attempt";

/** Collects what was changed on the way. The same change of the same parameter is kept once. */
export interface Changes {
  drop(parameter: string, detail?: string): void;
  convert(parameter: string, detail?: string): void;
  rename(parameter: string, detail?: string): void;
  clamp(parameter: string, detail?: string): void;
  addDefault(parameter: string, detail?: string): void;
  list(): readonly ParameterChange[];
}

// The bounds of sluice.provider.v1.AttemptFacts.parameter_changes and of ParameterChange's fields.
const maxChanges = 256;
const maxParameterLength = 256;
const maxDetailLength = 1024;

export function createChanges(): Changes {
  const seen = new Set<string>();
  const changes: ParameterChange[] = [];

  function add(kind: ParameterChangeKind, parameter: string, detail: string): void {
    const key = `${kind} ${parameter} ${detail}`;
    if (changes.length >= maxChanges || seen.has(key)) return;
    seen.add(key);
    changes.push(
      create(ParameterChangeSchema, {
        kind,
        parameter: parameter.slice(0, maxParameterLength),
        detail: detail.slice(0, maxDetailLength),
      }),
    );
  }

  return {
    drop: (parameter, detail = "") => add(ParameterChangeKind.DROPPED, parameter, detail),
    convert: (parameter, detail = "") => add(ParameterChangeKind.CONVERTED, parameter, detail),
    rename: (parameter, detail = "") => add(ParameterChangeKind.RENAMED, parameter, detail),
    clamp: (parameter, detail = "") => add(ParameterChangeKind.CLAMPED, parameter, detail),
    addDefault: (parameter, detail = "") => add(ParameterChangeKind.DEFAULTED, parameter, detail),
    list: () => changes,
  };
}
