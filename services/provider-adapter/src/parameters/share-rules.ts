import type { Pool } from "@sluice/postgres";
import { deleteRule, readRevision, readRules, sweepRules, writeRule } from "../store/learned-rules.ts";
import type { LearnedRules } from "./learned-rules.ts";

/** Rules that all replicas learn from one another, over a store that may be away. */
export interface SharedRules {
  /** A rule was learned here: it is written as soon as the store can be reached. */
  learned(id: string): void;
  /** Forgets a rule on all replicas. Whether it was there. Rejects where the store cannot be reached: then it is not forgotten. */
  forget(id: string): Promise<boolean>;
  /** Writes what was learned here, then reads what was learned elsewhere. Rejects where the store cannot be reached. */
  look(): Promise<void>;
  sweep(): Promise<void>;
}

export function shareRules(options: {
  readonly pool: Pool;
  readonly rules: LearnedRules;
  readonly clock: { now(): number };
  readonly maxRules: number;
}): SharedRules {
  const { pool, rules, clock, maxRules } = options;
  /** Learned here and not written yet. */
  const unwritten = new Set<string>();
  let revision: bigint | undefined;

  async function write(): Promise<void> {
    for (const id of [...unwritten]) {
      const learned = rules.find(id);
      if (learned !== undefined) await writeRule(pool, learned, maxRules);
      // One that was learned anew while it was written is written again.
      if (rules.find(id) === learned) unwritten.delete(id);
    }
  }

  return {
    learned(id) {
      unwritten.add(id);
    },
    async forget(id) {
      const stored = await deleteRule(pool, id);
      unwritten.delete(id);
      return rules.forget(id) || stored;
    },
    async look() {
      await write();
      if ((await readRevision(pool)) === revision) return;
      const read = await readRules(pool, clock.now());
      const own = [...unwritten].flatMap((id) => rules.find(id) ?? []);
      rules.replace([...read.rules.filter(({ id }) => !unwritten.has(id)), ...own]);
      revision = read.revision;
    },
    sweep: () => sweepRules(pool, clock.now()),
  };
}
