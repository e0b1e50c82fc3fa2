import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { EncodedRequest, RequestProblem } from "../dialect.ts";
import { type Changes, createChanges } from "../parameter-change.ts";
import type { ModelTraits } from "./model-traits.ts";

/** What happens to a request on its way to Cohere: what is changed, and the first thing that cannot cross. */
export interface Crossing {
  readonly traits: ModelTraits;
  readonly changes: Changes;
  /** `message` says what cannot cross and what would. */
  refuse(parameter: string, message: string): void;
  /** Undefined: all can cross. */
  readonly refusal: RequestProblem | undefined;
}

export function createCrossing(traits: ModelTraits): Crossing {
  let refusal: RequestProblem | undefined;
  return {
    traits,
    changes: createChanges(),
    refuse(parameter, message) {
      refusal ??= { parameter, message };
    },
    get refusal() {
      return refusal;
    },
  };
}

export function refused(problem: RequestProblem): EncodedRequest {
  return { kind: "refused", reason: ErrorReason.UNTRANSLATABLE, problem };
}
