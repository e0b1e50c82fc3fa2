import { hash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { BillingUnit, PriceSchema } from "@sluice/api/sluice/common/v1/price";
import { TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import { BudgetSchema } from "@sluice/api/sluice/policy/v1/budget";
import { LeaseSchema } from "@sluice/api/sluice/policy/v1/lease";
import { type Snapshot, SnapshotSchema } from "@sluice/api/sluice/policy/v1/snapshot";
import { createLeaseBook, type Demand } from "@sluice/leases";
import { compilePrice, costOf, createMoney, worstCaseCost } from "@sluice/money";
import { authenticate } from "../../services/router/src/authenticate.ts";
import { applicableBudgets } from "../../services/router/src/budgets/applicable-budgets.ts";
import { chooseTargets } from "../../services/router/src/routing/choose-targets.ts";
import { indexSnapshot } from "../../services/router/src/snapshot/snapshot-index.ts";
import { type Part, timePart } from "./time.ts";

const nowMs = Date.UTC(2026, 10, 22, 12);
const keyCount = 1_000;
const modelCount = 1_000;

const rate = (unit: BillingUnit, usdNanosPerMillion: bigint) => ({ unit, usdNanosPerMillion });

export const price = create(PriceSchema, {
  version: "3f786850e387550fdab836ed7e6dc881",
  source: "genai-prices 0.1.8",
  tiers: [
    {
      rates: [
        rate(BillingUnit.INPUT_TOKEN, 150_000_000n),
        rate(BillingUnit.CACHE_READ_INPUT_TOKEN, 75_000_000n),
        rate(BillingUnit.OUTPUT_TOKEN, 600_000_000n),
      ],
    },
  ],
});
export const usage = create(TokenUsageSchema, {
  inputTokens: 187,
  outputTokens: 211,
  cacheReadInputTokens: 0,
  reasoningOutputTokens: 0,
});

export function governanceParts(): Part[] {
  const index = indexSnapshot(snapshot());
  const compiled = compilePrice(price);
  const secret = secretOf(keyCount / 2);
  const facts = {
    model: `openai/model-${modelCount / 2}`,
    stream: false,
    maxOutputTokens: 256,
    candidateCount: 1,
    inputTokensAtMost: 900,
    inputModalities: ["text"] as const,
    hasTools: false,
    endUser: undefined,
  };
  const subject = {
    team: "team-5",
    key: "key-5",
    user: "",
    route: "chat",
    model: facts.model,
    provider: "openai",
    tags: {},
  };
  const budgetsOf = (count: number) => Array.from({ length: count }, (_, place) => budget(`team-${place}`));
  return [
    timePart(`authenticate among ${keyCount} keys`, () => authenticate(index, secret, nowMs)),
    timePart(`chooseTargets, a model among ${modelCount}`, () => chooseTargets(index, "team-5", facts)),
    timePart("chooseTargets, a route of 3", () => chooseTargets(index, "team-5", { ...facts, model: "chat" })),
    ...[10, 1_000].map((count) => {
      const budgets = budgetsOf(count);
      return timePart(`applicableBudgets among ${count}`, () => applicableBudgets(budgets, subject));
    }),
    timePart("worstCaseCost", () =>
      worstCaseCost({ inputTokensAtMost: 900, outputTokensAtMost: 256, candidates: 1 }, compiled),
    ),
    timePart("costOf", () => costOf(usage, compiled)),
    ...[1, 3].map((count) => timePart(`lease reserve + settle, budgets: ${count}`, reserveAndSettle(count))),
  ];
}

function reserveAndSettle(count: number): () => unknown {
  const book = createLeaseBook();
  const demands: Demand[] = [];
  for (let place = 0; place < count; place += 1) {
    const budget = `budget-${place}`;
    const lease = create(LeaseSchema, {
      id: `lease-${place}`,
      budget,
      amount: createMoney(1_000_000_000_000_000n),
      windowStartTime: timestampFromMs(nowMs - 1_000),
      windowEndTime: timestampFromMs(nowMs + 86_400_000),
      expireTime: timestampFromMs(nowMs + 60_000),
    });
    book.grant(lease, "", nowMs);
    demands.push({ budget, member: "", amountNanos: 300_000n });
  }
  return () => {
    const outcome = book.reserve(demands, nowMs);
    if (outcome.kind !== "reserved") throw new Error("the lease is used up, expected one that lasts");
    return book.settle(outcome.reservation, 1_000n);
  };
}

function budget(team: string) {
  return create(BudgetSchema, { name: `budgets/${team}`, scope: { team }, limit: createMoney(1_000_000_000n) });
}

const secretOf = (place: number) => `sk-sluice-${String(place).padStart(40, "0")}`;

function snapshot(): Snapshot {
  const places = (count: number) => Array.from({ length: count }, (_, place) => place);
  return create(SnapshotSchema, {
    version: "7",
    teams: places(100).map((place) => ({ name: `teams/team-${place}`, models: ["chat", "openai/*"] })),
    keys: places(keyCount).map((place) => ({
      id: `key-${place}`,
      secretSha256: new Uint8Array(hash("sha256", secretOf(place), "buffer")),
      team: `team-${place % 100}`,
    })),
    models: places(modelCount).map((place) => ({
      name: `openai/model-${place}`,
      provider: "openai",
      upstreamModel: `model-${place}`,
      price,
    })),
    routes: [{ name: "chat", targets: places(3).map((place) => ({ model: `openai/model-${place}` })) }],
  });
}
