import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { RequestProblem } from "../dialect.ts";
import { type Changes, createChanges } from "../parameter-change.ts";

export type Refusal = { readonly reason: ErrorReason; readonly problem: RequestProblem };

/** What happens to a request on its way to Google: what is changed, and the first thing that cannot cross. */
export interface Crossing {
  readonly changes: Changes;
  /** `message` says what cannot cross and what would. */
  refuse(parameter: string, message: string): void;
  /** Undefined: all can cross. */
  readonly refusal: Refusal | undefined;
}

export function createCrossing(): Crossing {
  let refusal: Refusal | undefined;
  return {
    changes: createChanges(),
    refuse(parameter, message) {
      refusal ??= {
        reason: ErrorReason.UNTRANSLATABLE,
        problem: { message: parameter === "" ? message : `${parameter}: ${message}`, parameter },
      };
    },
    get refusal() {
      return refusal;
    },
  };
}
