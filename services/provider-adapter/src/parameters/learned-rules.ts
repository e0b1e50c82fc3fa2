import { hash } from "node:crypto";
import type { ParameterRule } from "@sluice/dialects";
import type { Clock } from "@sluice/runtime";

/** What one model at one provider does not take of a dialect, learned from a refusal. */
export type LearnedRule = {
  /** Follows from the model, the dialect and the parameter: of each there is one rule, the same on every replica. */
  readonly id: string;
  /** Format: {provider}/{model}. */
  readonly model: string;
  readonly dialect: string;
  /** Its source is what the provider said. */
  readonly rule: ParameterRule;
  /** Epoch milliseconds, as are all times here. */
  readonly learnMs: number;
  readonly expireMs: number;
  readonly attemptId: string;
};

/** What has been learned and is not forgotten yet, in memory. */
export interface LearnedRules {
  /** In the order in which they were learned. Asked for every attempt. */
  rulesFor(model: string, dialect: string): readonly ParameterRule[];
  find(id: string): LearnedRule | undefined;
  /** Ordered by model, then parameter. */
  list(): readonly LearnedRule[];
  /** Returns the rule as it is kept: with the bounds of an older one that it does not contradict. */
  learn(taught: Omit<LearnedRule, "id" | "learnMs" | "expireMs">): LearnedRule;
  /** Whether it was there. */
  forget(id: string): boolean;
  /** What stands in the store, and what is not written to it yet. */
  replace(rules: readonly LearnedRule[]): void;
}

const none: readonly ParameterRule[] = [];

/** `maxRules`: where there would be more, the one that was to be forgotten first is forgotten. */
export function createLearnedRules(options: {
  readonly clock: Pick<Clock, "now">;
  readonly timeToLiveMs: number;
  readonly maxRules: number;
}): LearnedRules {
  const { clock, timeToLiveMs, maxRules } = options;
  const byId = new Map<string, LearnedRule>();
  /** By dialect and model. Made when asked for; thrown away when anything changes, or the first of its rules expires. */
  const inForce = new Map<string, { readonly rules: readonly ParameterRule[]; readonly untilMs: number }>();

  function forgetExpired(nowMs: number): void {
    for (const [id, { expireMs }] of byId) if (expireMs <= nowMs) byId.delete(id);
    while (byId.size > maxRules) {
      let first: LearnedRule | undefined;
      for (const rule of byId.values()) if (first === undefined || rule.expireMs < first.expireMs) first = rule;
      if (first !== undefined) byId.delete(first.id);
    }
  }

  function changed(): void {
    forgetExpired(clock.now());
    inForce.clear();
  }

  return {
    rulesFor(model, dialect) {
      if (byId.size === 0) return none;
      const key = `${dialect} ${model}`;
      const nowMs = clock.now();
      const known = inForce.get(key);
      if (known !== undefined && nowMs < known.untilMs) return known.rules;
      forgetExpired(nowMs);
      const learned = [...byId.values()]
        .filter((each) => each.model === model && each.dialect === dialect)
        .sort((left, right) => left.learnMs - right.learnMs);
      const rules = learned.map(({ rule }) => rule);
      // Names come from callers where a provider takes any: what is remembered of names is bounded too.
      if (inForce.size >= maxRules) inForce.clear();
      inForce.set(key, { rules, untilMs: Math.min(...learned.map(({ expireMs }) => expireMs), Infinity) });
      return rules;
    },
    find: (id) => byId.get(id),
    list() {
      forgetExpired(clock.now());
      return [...byId.values()].sort((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1));
    },
    learn(taught) {
      const id = idOf(taught);
      const learnMs = clock.now();
      const rule = { ...taught.rule, action: mergeBounds(byId.get(id)?.rule.action, taught.rule.action) };
      const learned = { ...taught, rule, id, learnMs, expireMs: learnMs + timeToLiveMs };
      byId.set(id, learned);
      changed();
      return learned;
    },
    forget(id) {
      const known = byId.delete(id);
      changed();
      return known;
    },
    replace(rules) {
      byId.clear();
      for (const rule of rules) byId.set(rule.id, rule);
      changed();
    },
  };
}

/** A stable order that a page token can name. */
export function sortKey({ model, rule, dialect, id }: LearnedRule): string {
  return `${model}\n${rule.path.join(".")}\n${dialect}\n${id}`;
}

function idOf({ model, dialect, rule }: Pick<LearnedRule, "model" | "dialect" | "rule">): string {
  return hash("sha256", JSON.stringify([model, dialect, rule.path]), "base64url").slice(0, 22);
}

type Action = ParameterRule["action"];

/** An upper bound learned after a lower one does not undo it. */
function mergeBounds(older: Action | undefined, newer: Action): Action {
  if (older?.kind !== "clamp" || newer.kind !== "clamp") return newer;
  const merged = { ...older, ...newer };
  const { minimum = -Infinity, maximum = Infinity } = merged;
  return minimum <= maximum ? merged : newer;
}
