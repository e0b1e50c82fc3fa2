import { FAULTS } from "./faults.ts";
import { createRandom } from "./random.ts";
import type { FakeApi, Fault, Plan, RequestMatch, ScriptRule } from "./script.ts";

/** What rules can look at. */
export interface RequestFacts {
  readonly api: FakeApi;
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly apiKey: string | undefined;
  readonly body: Buffer;
}

export interface RuleBook {
  add(rules: readonly ScriptRule[]): void;
  /** The plan of the first rule that decides this request, or undefined. Uses the rule up by one. */
  choose(facts: RequestFacts): Plan | undefined;
  reset(): void;
}

interface LiveRule {
  readonly rule: ScriptRule;
  readonly plan: Plan;
  usesLeft: number;
}

export function createRuleBook(seed: number): RuleBook {
  let rules: LiveRule[] = [];
  let random = createRandom(seed);
  return {
    add(added) {
      for (const rule of added) {
        const usesLeft = rule.times === "always" ? Number.POSITIVE_INFINITY : (rule.times ?? 1);
        rules.push({ rule, plan: planOf(rule), usesLeft });
      }
    },
    choose(facts) {
      for (const live of rules) {
        // Whether a recording is a stream is its own matter.
        const strikes = live.plan.replay !== undefined || canStrike(live.plan.fault, facts);
        if (!strikes || !matches(live.rule.match, facts)) {
          continue;
        }
        if (live.rule.probability !== undefined && random() >= live.rule.probability) {
          continue;
        }
        live.usesLeft -= 1;
        if (live.usesLeft <= 0) {
          rules = rules.filter((other) => other !== live);
        }
        return live.plan;
      }
      return undefined;
    },
    reset() {
      rules = [];
      random = createRandom(seed);
    },
  };
}

/** Whether the fault has something to strike in the answer to this request. */
export function canStrike(fault: Fault | undefined, facts: Pick<RequestFacts, "stream">): boolean {
  if (fault === undefined) {
    return true;
  }
  const { needs } = FAULTS[fault.name];
  return needs === "any" || (needs === "stream") === facts.stream;
}

function planOf(rule: ScriptRule): Plan {
  const { reply, raw, replay, pace } = rule;
  const fault = typeof rule.fault === "string" ? { name: rule.fault } : rule.fault;
  if (fault !== undefined && !(fault.name in FAULTS)) {
    throw new Error(`unknown fault ${fault.name}: expected one of ${Object.keys(FAULTS).join(", ")}`);
  }
  return {
    ...(reply && { reply }),
    ...(raw && { raw }),
    ...(replay !== undefined && { replay }),
    ...(fault && { fault }),
    ...(pace && { pace }),
  };
}

function matches(match: RequestMatch | undefined, facts: RequestFacts): boolean {
  return (
    match === undefined ||
    ((match.model === undefined || match.model === facts.model) &&
      (match.api === undefined || match.api === facts.api) &&
      (match.stream === undefined || match.stream === facts.stream) &&
      (match.apiKey === undefined || match.apiKey === facts.apiKey) &&
      (match.bodyContains === undefined || facts.body.includes(match.bodyContains)))
  );
}
