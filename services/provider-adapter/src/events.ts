import { counter, type Logger } from "@sluice/runtime";
import type { LearnedRule } from "./parameters/learned-rules.ts";

/** The one place where what happens in the adapter beside attempts becomes metrics and log lines. */
export interface AdapterEvents {
  ruleLearned(rule: LearnedRule): void;
  ruleForgotten(id: string): void;
  /** A request was sent again with parameters changed; `held`: it was not refused for the same again. */
  requestRepaired(model: string, parameters: readonly string[], held: boolean): void;
  /** Exchanges that were to be kept and could not be written in time. */
  exchangesLost(count: number): void;
  storeLost(error: unknown): void;
  storeFound(): void;
}

export function createAdapterEvents(logger: Logger): AdapterEvents {
  const repairs = counter("sluice.adapter.repairs", {
    description: "Requests that a provider refused for a parameter and that were sent again with it changed.",
  });
  const learned = counter("sluice.adapter.rules_learned", {
    description: "Rules about parameters that were learned from a provider's refusal.",
  }).with({});
  const lost = counter("sluice.adapter.raw_exchanges_lost", {
    description: "Exchanges with providers that were to be kept and could not be written.",
  }).with({});
  return {
    ruleLearned({ id, model, dialect, rule }) {
      learned.add(1);
      logger.info("a model was found not to take a parameter", {
        id,
        model,
        dialect,
        parameter: rule.path.join("."),
        action: rule.action.kind,
        evidence: rule.source,
      });
    },
    ruleForgotten(id) {
      logger.info("a learned rule is forgotten by order", { id });
    },
    requestRepaired(model, parameters, held) {
      repairs.add(1, { outcome: held ? "held" : "refused_again" });
      if (!held) logger.warn("a request was refused again after its parameters were changed", { model, parameters });
    },
    exchangesLost(count) {
      lost.add(count);
      logger.warn("exchanges with providers that were to be kept are lost: the store was away for too long", { count });
    },
    storeLost(error) {
      logger.warn("the adapter's store cannot be reached: what is learned stays in memory until it is", { error });
    },
    storeFound() {
      logger.info("the adapter's store is in reach");
    },
  };
}
