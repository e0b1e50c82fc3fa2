import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { Money } from "@sluice/api/sluice/common/v1/money";
import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import {
  CacheState,
  Outcome,
  type UsageEvent,
  UsageEventSchema,
  UsageSource,
} from "@sluice/api/sluice/usage/v1/usage_event";
import { costOf } from "@sluice/money";
import { encodeMessage } from "@sluice/protobuf";
import type { Deployment } from "../snapshot/snapshot-index.ts";

/** Whose request it is and what was asked: the same for all attempts of a request. */
export type RequestIdentity = {
  readonly requestId: string;
  readonly instanceId: string;
  readonly team: string;
  readonly key: string;
  readonly endUser: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly requestedModel: string;
  readonly route: string;
  readonly dialect: string;
  readonly operation: string;
  readonly stream: boolean;
  readonly traceparent: string;
  readonly snapshotVersion: string;
};

/** What was reserved for an attempt, and on which leases. */
export type Charge = { readonly budget: string; readonly leaseId: string };

/**
 * The event of an attempt that is about to be made: what stands in the journal if nothing more is ever heard of it. Written out rather than
 * made by `create`, which takes longer than encoding it.
 */
export function describeIntent(
  identity: RequestIdentity,
  attempt: {
    readonly attemptId: string;
    readonly attemptNumber: number;
    readonly deployment: Deployment;
    readonly startMs: number;
    readonly reservedNanos: bigint | undefined;
    readonly charges: readonly Charge[];
    readonly cacheState: CacheState;
  },
): UsageEvent {
  const price = attempt.deployment.model.price;
  const reserved = attempt.reservedNanos;
  const event: UsageEvent = {
    $typeName: "sluice.usage.v1.UsageEvent",
    attemptId: attempt.attemptId,
    requestId: identity.requestId,
    attemptNumber: attempt.attemptNumber,
    instanceId: identity.instanceId,
    sequence: 0n,
    startTime: timestampFromMs(attempt.startMs),
    outcome: Outcome.UNKNOWN,
    errorReason: ErrorReason.UNSPECIFIED,
    finishReason: "",
    cacheState: attempt.cacheState,
    stream: identity.stream,
    firstByteMicros: 0n,
    team: identity.team,
    key: identity.key,
    endUser: identity.endUser,
    tags: identity.tags,
    requestedModel: identity.requestedModel,
    route: identity.route,
    model: attempt.deployment.name,
    provider: attempt.deployment.provider,
    dialect: identity.dialect,
    operation: identity.operation,
    usageSource: UsageSource.UNSPECIFIED,
    charges: attempt.charges.map(({ leaseId, budget }) => ({
      $typeName: "sluice.usage.v1.LeaseCharge",
      leaseId,
      budget,
    })),
    traceparent: identity.traceparent,
    snapshotVersion: identity.snapshotVersion,
  };
  if (price !== undefined) event.price = price;
  if (reserved !== undefined) {
    event.reserved = moneyOf(reserved);
    event.cost = moneyOf(reserved);
  }
  return event;
}

function moneyOf(usdNanos: bigint): Money {
  return { $typeName: "sluice.common.v1.Money", usdNanos };
}

/** How an attempt ended, as far as its event is concerned. */
export type AttemptEnding = {
  readonly outcome: Outcome;
  readonly errorReason: ErrorReason;
  readonly finishReason: string;
  readonly usage: TokenUsage | undefined;
  readonly usageSource: UsageSource;
  /** Whether the caller pays for `usage`. False where the provider broke the answer. */
  readonly charged: boolean;
  readonly endMs: number;
  readonly firstByteMicros: bigint;
};

/** Completes an intent's event. The cost follows from usage and price: nothing where nothing is charged, unknown where either is. */
export function endAttempt(event: UsageEvent, deployment: Deployment, ending: AttemptEnding): UsageEvent {
  event.endTime = timestampFromMs(ending.endMs);
  event.outcome = ending.outcome;
  event.errorReason = ending.errorReason;
  event.finishReason = ending.finishReason;
  event.usageSource = ending.usageSource;
  event.firstByteMicros = ending.firstByteMicros;
  if (ending.usage !== undefined) event.usage = ending.usage;
  const cost = costOfEnding(deployment, ending);
  if (cost === undefined) delete event.cost;
  else event.cost = moneyOf(cost);
  return event;
}

function costOfEnding(deployment: Deployment, ending: AttemptEnding): bigint | undefined {
  if (!ending.charged) return 0n;
  if (ending.usage === undefined || deployment.price === undefined) return undefined;
  return costOf(ending.usage, deployment.price);
}

/**
 * Encodes the events of one attempt: the intent, and later the end. What both have alike is encoded once, and a deployment's price once for all
 * attempts: protobuf takes a message in pieces, one after the other.
 */
export interface AttemptEncoder {
  /** The bytes of the event as it stands now, with its place among those of its instance; 0 for an intent. */
  encode(sequence: number): Uint8Array;
}

export function createAttemptEncoder(event: UsageEvent, deployment: Deployment): AttemptEncoder {
  const price = priceBytes(deployment);
  const fixed = encodeMessage(UsageEventSchema, {
    ...blankEvent,
    attemptId: event.attemptId,
    requestId: event.requestId,
    attemptNumber: event.attemptNumber,
    instanceId: event.instanceId,
    startTime: event.startTime,
    cacheState: event.cacheState,
    stream: event.stream,
    team: event.team,
    key: event.key,
    endUser: event.endUser,
    tags: event.tags,
    requestedModel: event.requestedModel,
    route: event.route,
    model: event.model,
    provider: event.provider,
    dialect: event.dialect,
    operation: event.operation,
    reserved: event.reserved,
    charges: event.charges,
    snapshotVersion: event.snapshotVersion,
  } as UsageEvent);
  return {
    encode(sequence) {
      event.sequence = BigInt(sequence);
      const changing = encodeMessage(UsageEventSchema, {
        ...blankEvent,
        sequence: event.sequence,
        endTime: event.endTime,
        outcome: event.outcome,
        errorReason: event.errorReason,
        finishReason: event.finishReason,
        firstByteMicros: event.firstByteMicros,
        usage: event.usage,
        usageSource: event.usageSource,
        cost: event.cost,
        traceparent: event.traceparent,
      } as UsageEvent);
      return Buffer.concat([price, fixed, changing], price.length + fixed.length + changing.length);
    },
  };
}

/** An event in which nothing is set. */
const blankEvent: UsageEvent = {
  $typeName: "sluice.usage.v1.UsageEvent",
  attemptId: "",
  requestId: "",
  attemptNumber: 0,
  instanceId: "",
  sequence: 0n,
  outcome: Outcome.UNSPECIFIED,
  errorReason: ErrorReason.UNSPECIFIED,
  finishReason: "",
  cacheState: CacheState.UNSPECIFIED,
  stream: false,
  firstByteMicros: 0n,
  team: "",
  key: "",
  endUser: "",
  tags: {},
  requestedModel: "",
  route: "",
  model: "",
  provider: "",
  dialect: "",
  operation: "",
  usageSource: UsageSource.UNSPECIFIED,
  charges: [],
  traceparent: "",
  snapshotVersion: "",
};

const pricesEncoded = new WeakMap<Deployment, Uint8Array>();

/** The field `price` of an event, encoded. Empty where the deployment has none. */
function priceBytes(deployment: Deployment): Uint8Array {
  let bytes = pricesEncoded.get(deployment);
  if (bytes === undefined) {
    const { price } = deployment.model;
    bytes =
      price === undefined ? Buffer.alloc(0) : encodeMessage(UsageEventSchema, { ...blankEvent, price } as UsageEvent);
    pricesEncoded.set(deployment, bytes);
  }
  return bytes;
}

/** The event's bytes, its place among those of its instance included. */
export function encodeEvent(event: UsageEvent, sequence: number): Uint8Array {
  event.sequence = BigInt(sequence);
  return encodeMessage(UsageEventSchema, event);
}

/** The event of a request that the cache answered: it costs nothing and says what it saved. */
export function describeCacheHit(
  identity: RequestIdentity,
  hit: {
    readonly attemptId: string;
    readonly model: string;
    readonly usage: TokenUsage | undefined;
    readonly savedNanos: bigint | undefined;
    readonly startMs: number;
    readonly endMs: number;
  },
): UsageEvent {
  return create(UsageEventSchema, {
    attemptId: hit.attemptId,
    requestId: identity.requestId,
    attemptNumber: 0,
    instanceId: identity.instanceId,
    startTime: timestampFromMs(hit.startMs),
    endTime: timestampFromMs(hit.endMs),
    outcome: Outcome.SUCCEEDED,
    cacheState: CacheState.EXACT,
    stream: identity.stream,
    team: identity.team,
    key: identity.key,
    endUser: identity.endUser,
    tags: identity.tags,
    requestedModel: identity.requestedModel,
    route: identity.route,
    model: hit.model,
    provider: hit.model.slice(0, Math.max(0, hit.model.indexOf("/"))),
    dialect: identity.dialect,
    operation: identity.operation,
    cost: moneyOf(0n),
    ...(hit.savedNanos === undefined ? {} : { saved: moneyOf(hit.savedNanos) }),
    ...(hit.usage === undefined ? {} : { usage: hit.usage, usageSource: UsageSource.REPORTED }),
    traceparent: identity.traceparent,
    snapshotVersion: identity.snapshotVersion,
  });
}
