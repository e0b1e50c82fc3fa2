import type { AdapterEvents } from "../events.ts";
import type { LearnedRule, LearnedRules } from "./learned-rules.ts";
import type { ParameterKnowledge } from "./parameter-knowledge.ts";

/** What attempts know and teach of parameters. `keep` is told each rule that was learned here, to share it. */
export function createParameterKnowledge(options: {
  readonly rules: LearnedRules;
  readonly events: AdapterEvents;
  readonly keep: (rule: LearnedRule) => void;
}): ParameterKnowledge {
  const { rules, events, keep } = options;
  return {
    rulesFor: rules.rulesFor,
    learn(taught) {
      const learned = rules.learn(taught);
      events.ruleLearned(learned);
      keep(learned);
    },
    repaired(model, changes, held) {
      events.requestRepaired(
        model,
        changes.map(({ parameter }) => parameter),
        held,
      );
    },
  };
}
