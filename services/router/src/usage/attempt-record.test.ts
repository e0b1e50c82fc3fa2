import { create, equals, fromBinary } from "@bufbuild/protobuf";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { BillingUnit, PriceSchema } from "@sluice/api/sluice/common/v1/price";
import { TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import { ModelSchema } from "@sluice/api/sluice/provider/v1/model";
import { CacheState, Outcome, UsageEventSchema, UsageSource } from "@sluice/api/sluice/usage/v1/usage_event";
import { compilePrice } from "@sluice/money";
import { describe, expect, it } from "vitest";
import { createAttemptEncoder, describeIntent, encodeEvent, endAttempt } from "./attempt-record.ts";

const price = create(PriceSchema, {
  version: "v1",
  tiers: [
    {
      rates: [
        { unit: BillingUnit.INPUT_TOKEN, usdNanosPerMillion: 1_000_000_000n },
        { unit: BillingUnit.OUTPUT_TOKEN, usdNanosPerMillion: 4_000_000_000n },
      ],
    },
  ],
});
const identity = {
  requestId: "r",
  instanceId: "i",
  team: "research",
  key: "notebooks",
  endUser: "u",
  tags: { app: "x" },
  requestedModel: "chat",
  route: "chat",
  dialect: "openai.chat",
  operation: "chat",
  stream: true,
  traceparent: "",
  snapshotVersion: "s",
};

function begin(priced: boolean) {
  const model = create(ModelSchema, { name: "openai/m", provider: "openai", ...(priced ? { price } : {}) });
  const deployment = {
    model,
    name: model.name,
    provider: model.provider,
    price: priced ? compilePrice(price) : undefined,
  };
  const event = describeIntent(identity, {
    attemptId: "a",
    attemptNumber: 1,
    deployment,
    startMs: 1_000,
    reservedNanos: priced ? 900_000n : undefined,
    charges: [{ budget: "b", leaseId: "l" }],
    cacheState: CacheState.MISS,
  });
  return { deployment, event, encoder: createAttemptEncoder(event, deployment) };
}

const ending = {
  outcome: Outcome.SUCCEEDED,
  errorReason: ErrorReason.UNSPECIFIED,
  finishReason: "stop",
  usage: create(TokenUsageSchema, { inputTokens: 100, outputTokens: 50 }),
  usageSource: UsageSource.REPORTED,
  charged: true,
  endMs: 2_000,
  firstByteMicros: 5n,
};

describe("createAttemptEncoder", () => {
  it.each([true, false])("gives the events that encoding them whole would give, priced: %s", (priced) => {
    const { deployment, event, encoder } = begin(priced);
    const read = (bytes: Uint8Array) => fromBinary(UsageEventSchema, bytes);
    expect(equals(UsageEventSchema, read(encoder.encode(0)), read(encodeEvent(event, 0)))).toBe(true);
    endAttempt(event, deployment, ending);
    event.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const end = read(encoder.encode(7));
    expect(equals(UsageEventSchema, end, read(encodeEvent(event, 7)))).toBe(true);
    expect(end.sequence).toBe(7n);
    expect(end.cost?.usdNanos).toBe(priced ? 300_000n : undefined);
  });

  it("tells an end that cost nothing from its intent", () => {
    const { deployment, event, encoder } = begin(true);
    expect(fromBinary(UsageEventSchema, encoder.encode(0)).cost?.usdNanos).toBe(900_000n);
    endAttempt(event, deployment, { ...ending, outcome: Outcome.FAILED, charged: false });
    expect(fromBinary(UsageEventSchema, encoder.encode(1)).cost?.usdNanos).toBe(0n);
  });
});
