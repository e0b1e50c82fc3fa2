import type { ParameterChange } from "@sluice/api/sluice/provider/v1/attempt";
import type { ParameterRule } from "@sluice/dialects";
import type { LearnedRule } from "./learned-rules.ts";

/** What attempts ask of what was learned, and tell it. Does no I/O: an attempt waits for nothing here. */
export interface ParameterKnowledge {
  /** What the model, `{provider}/{model}`, was found not to take of a dialect. */
  rulesFor(model: string, dialect: string): readonly ParameterRule[];
  learn(taught: Omit<LearnedRule, "id" | "learnMs" | "expireMs">): void;
  /** A request was sent again with these changes; `held`: it was not refused for the same again. */
  repaired(model: string, changes: readonly ParameterChange[], held: boolean): void;
}
