import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { EncodedRequest, RequestProblem } from "../dialect.ts";
import { type Changes, createChanges } from "../parameter-change.ts";

/** What comes up while a request is encoded: changes, and the first thing that cannot cross. */
export interface EncodeContext {
  readonly changes: Changes;
  /** Whether the model takes `prompt_cache_breakpoint`. */
  readonly takesCacheBreakpoints: boolean;
  /** Whether the model takes `web_search_options`. */
  readonly searchesWeb: boolean;
  refuse(parameter: string, message: string): void;
  readonly refusal: RequestProblem | undefined;
}

export function createEncodeContext(takesCacheBreakpoints: boolean, searchesWeb = false): EncodeContext {
  let refusal: RequestProblem | undefined;
  return {
    changes: createChanges(),
    takesCacheBreakpoints,
    searchesWeb,
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
