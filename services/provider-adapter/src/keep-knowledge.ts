import type { Pool } from "@sluice/postgres";
import type { Clock, Lifecycle } from "@sluice/runtime";
import type { AdapterConfig } from "./config.ts";
import type { AdapterEvents } from "./events.ts";
import { createLearnedRules, type LearnedRules } from "./parameters/learned-rules.ts";
import type { ParameterKnowledge } from "./parameters/parameter-knowledge.ts";
import { shareRules } from "./parameters/share-rules.ts";
import { createMemoryExchanges } from "./raw/memory-exchanges.ts";
import type { RawExchanges } from "./raw/raw-exchange.ts";
import { storeExchanges } from "./raw/stored-exchanges.ts";
import { followStore } from "./store/follow-store.ts";

/** What the adapter keeps beside attempts: what it learned of parameters, and exchanges that were asked for. */
export type Knowledge = {
  readonly parameters: ParameterKnowledge;
  readonly rules: LearnedRules;
  /** Forgets on all replicas. Whether it was there. */
  forget(id: string): Promise<boolean>;
  readonly exchanges: RawExchanges;
};

const maxRules = 10_000;
/** Of exchanges in memory: all that are kept without a store, or those that wait to be written. */
const maxExchangeBytes = 64 * 1024 * 1024;

/**
 * With a pool, in the schema `adapter`, which it brings up to date by itself when the store is there; until then, and without one, in memory
 * alone. What runs beside attempts ends with the lifecycle, before the pool.
 */
export function keepKnowledge(options: {
  readonly pool: Pool | undefined;
  readonly config: Pick<AdapterConfig, "learnedRulesTtl" | "rawExchangesTtl">;
  readonly lifecycle: Lifecycle;
  readonly events: AdapterEvents;
  readonly clock: Clock;
}): Knowledge {
  const { pool, config, lifecycle, events, clock } = options;
  const rules = createLearnedRules({ clock, timeToLiveMs: config.learnedRulesTtl, maxRules });
  const memory = createMemoryExchanges({ clock, timeToLiveMs: config.rawExchangesTtl, maxBytes: maxExchangeBytes });

  if (pool === undefined) {
    return {
      parameters: parametersOf(rules, events, () => {}),
      rules,
      forget: async (id) => rules.forget(id),
      exchanges: { keep: (exchange) => void memory.add(exchange), list: async (requestId) => memory.of(requestId) },
    };
  }

  const shared = shareRules({ pool, rules, clock, maxRules });
  const exchanges = storeExchanges({
    pool,
    queue: memory,
    clock,
    onKept: () => store.wake(),
    onLost: events.exchangesLost,
  });
  const store = followStore({
    pool,
    clock,
    async look() {
      await shared.look();
      await exchanges.write();
    },
    async sweep() {
      await shared.sweep();
      await exchanges.sweep();
    },
    onLost: events.storeLost,
    onFound: events.storeFound,
  });
  const background = new AbortController();
  const running = store.run(background.signal);
  lifecycle.defer("adapter store", async () => {
    background.abort();
    await running;
  });
  lifecycle.check("adapter_store", () => store.check());
  const learned = (id: string) => {
    shared.learned(id);
    store.wake();
  };
  return {
    parameters: parametersOf(rules, events, learned),
    rules,
    async forget(id) {
      store.assertReady();
      return shared.forget(id);
    },
    exchanges: {
      keep: exchanges.keep,
      async list(requestId) {
        store.assertReady();
        return exchanges.list(requestId);
      },
    },
  };
}

function parametersOf(rules: LearnedRules, events: AdapterEvents, onLearned: (id: string) => void): ParameterKnowledge {
  return {
    rulesFor: rules.rulesFor,
    learn(taught) {
      const learned = rules.learn(taught);
      events.ruleLearned(learned);
      onLearned(learned.id);
    },
    repaired(model, changes, held) {
      const parameters = changes.map(({ parameter }) => parameter);
      events.requestRepaired(model, parameters, held);
    },
  };
}
