import { create, fromBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { BillingUnit, PriceSchema } from "@sluice/api/sluice/common/v1/price";
import { TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import { ModelSchema } from "@sluice/api/sluice/provider/v1/model";
import { CacheState, Outcome, UsageEventSchema, UsageSource } from "@sluice/api/sluice/usage/v1/usage_event";
import { compilePrice } from "@sluice/money";
import { expect, test } from "vitest";
import type { Deployment } from "../snapshot/snapshot-index.ts";
import { type AttemptEnding, describeCacheHit, describeIntent, encodeEvent, endAttempt } from "./attempt-record.ts";

const identity = {
  requestId: "req_1",
  instanceId: "instance-1",
  team: "research",
  key: "notebooks",
  endUser: "ada",
  tags: { app: "notes" },
  requestedModel: "chat",
  route: "chat",
  dialect: "openai.chat",
  stream: true,
  traceparent: "",
  snapshotVersion: "v1",
};

const price = create(PriceSchema, {
  version: "p1",
  tiers: [
    {
      rates: [
        { unit: BillingUnit.INPUT_TOKEN, usdNanosPerMillion: 1_000_000_000n },
        { unit: BillingUnit.OUTPUT_TOKEN, usdNanosPerMillion: 2_000_000_000n },
      ],
    },
  ],
});

function deployment(priced = true): Deployment {
  const model = create(ModelSchema, { name: "openai/gpt", provider: "openai", ...(priced && { price }) });
  return { model, name: model.name, provider: model.provider, price: priced ? compilePrice(price) : undefined };
}

function intent(at: Deployment, reservedNanos: bigint | undefined) {
  return describeIntent(identity, {
    attemptId: "attempt-1",
    attemptNumber: 2,
    deployment: at,
    startMs: 1_000,
    reservedNanos,
    charges: [{ budget: "daily", leaseId: "lease-1" }],
    cacheState: CacheState.MISS,
  });
}

const usage = create(TokenUsageSchema, { inputTokens: 10, outputTokens: 5 });

function ended(more: Partial<AttemptEnding>, at = deployment()) {
  return endAttempt(intent(at, 99_000n), at, {
    outcome: Outcome.SUCCEEDED,
    errorReason: ErrorReason.UNSPECIFIED,
    finishReason: "stop",
    usage,
    usageSource: UsageSource.REPORTED,
    charged: true,
    endMs: 3_000,
    firstByteMicros: 7n,
    ...more,
  });
}

test("an intent is what is booked if nothing more is heard: an unknown outcome, at what was reserved", () => {
  const event = intent(deployment(), 99_000n);
  expect(event).toMatchObject({
    attemptId: "attempt-1",
    attemptNumber: 2,
    outcome: Outcome.UNKNOWN,
    reserved: { usdNanos: 99_000n },
    cost: { usdNanos: 99_000n },
    charges: [{ leaseId: "lease-1", budget: "daily" }],
    team: "research",
    key: "notebooks",
    endUser: "ada",
    tags: { app: "notes" },
    requestedModel: "chat",
    route: "chat",
    model: "openai/gpt",
    provider: "openai",
    cacheState: CacheState.MISS,
    price: { version: "p1" },
  });
  expect(event.endTime).toBeUndefined();
  expect(event.usage).toBeUndefined();
});

test("nothing reserved is no amount, not an amount of nothing", () => {
  const event = intent(deployment(false), undefined);
  expect(event.reserved).toBeUndefined();
  expect(event.cost).toBeUndefined();
  expect(event.price).toBeUndefined();
});

test("an end has the cost that usage and price make, in place of what was reserved", () => {
  const event = ended({});
  expect(event).toMatchObject({ outcome: Outcome.SUCCEEDED, cost: { usdNanos: 20_000n }, usage, finishReason: "stop" });
  expect(event.reserved?.usdNanos).toBe(99_000n);
  expect(event.endTime && timestampMs(event.endTime)).toBe(3_000);
});

test("what is not charged costs nothing, and says what was seen", () => {
  expect(ended({ charged: false, outcome: Outcome.FAILED })).toMatchObject({ cost: { usdNanos: 0n }, usage });
});

test("without usage or price the cost is not known", () => {
  expect(ended({ usage: undefined }).cost).toBeUndefined();
  expect(ended({}, deployment(false)).cost).toBeUndefined();
});

test("an event carries its place among those of its instance", () => {
  const event = ended({});
  expect(fromBinary(UsageEventSchema, encodeEvent(event, 42))).toMatchObject({ sequence: 42n, attemptId: "attempt-1" });
});

test("a cache hit is an event of no attempt, at no cost, with what it saved", () => {
  const hit = { attemptId: "hit-1", model: "openai/ft:gpt/x", usage, startMs: 1, endMs: 2 };
  expect(describeCacheHit(identity, { ...hit, savedNanos: 20_000n })).toMatchObject({
    attemptNumber: 0,
    outcome: Outcome.SUCCEEDED,
    cacheState: CacheState.EXACT,
    provider: "openai",
    cost: { usdNanos: 0n },
    saved: { usdNanos: 20_000n },
    charges: [],
  });
  expect(describeCacheHit(identity, { ...hit, savedNanos: undefined }).saved).toBeUndefined();
});
