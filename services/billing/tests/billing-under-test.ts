import { clone, create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { BillingService } from "@sluice/api/sluice/billing/v1/billing_service";
import { BillingUnit } from "@sluice/api/sluice/common/v1/price";
import { PolicyService, type ReconcileLeasesRequest } from "@sluice/api/sluice/policy/v1/policy_service";
import { Outcome, type UsageEvent, UsageEventSchema } from "@sluice/api/sluice/usage/v1/usage_event";
import type { EventsConnection } from "@sluice/events";
import { createMoney } from "@sluice/money";
import { createPool, migrate, type Pool } from "@sluice/postgres";
import { type Client, Code, ConnectError, createClient, createDirectTransport, implement } from "@sluice/rpc";
import { createLifecycle, type Lifecycle, silentLogger, systemClock } from "@sluice/runtime";
import { createTestDatabase, type TestDatabase } from "@sluice/testing";
import { billingMigrations, createBilling } from "../src/index.ts";

/** A database with billing's schema. */
export function createBillingDatabase(): Promise<TestDatabase> {
  return createTestDatabase({
    template: "billing",
    migrate: async (url) => {
      await using pool = createPool({ url, applicationName: "test" });
      await migrate(pool, billingMigrations);
    },
  });
}

/** What policy was told, and whether it confirms. */
export interface FakePolicy {
  readonly told: ReconcileLeasesRequest[];
  state: "up" | "down";
  readonly client: Client<typeof PolicyService>;
}

export function createFakePolicy(): FakePolicy {
  const unused = (): never => {
    throw new ConnectError("billing does not call this", Code.Unimplemented);
  };
  const told: ReconcileLeasesRequest[] = [];
  const registration = implement(PolicyService, {
    watchSnapshot: unused,
    acquireLeases: unused,
    reportLeases: unused,
    reconcileLeases(request) {
      if (policy.state === "down") throw new ConnectError("policy is down", Code.Unavailable);
      told.push(request);
      return { corrected: request.spends.length };
    },
  });
  const transport = createDirectTransport({
    registrations: [registration],
    logger: silentLogger,
    serviceName: "sluice.policy",
  });
  const policy: FakePolicy = { told, state: "up", client: createClient(PolicyService, transport) };
  return policy;
}

export interface BillingUnderTest extends AsyncDisposable {
  readonly client: Client<typeof BillingService>;
  readonly lifecycle: Lifecycle;
  readonly pool: Pool;
}

export function startBilling(options: {
  readonly databaseUrl: string;
  readonly policy: FakePolicy;
  readonly events?: EventsConnection;
}): BillingUnderTest {
  const lifecycle = createLifecycle({ logger: silentLogger, ownsProcess: false });
  const pool = lifecycle.use("postgres", createPool({ url: options.databaseUrl, applicationName: "billing" }));
  const billing = createBilling({
    pool,
    policy: options.policy.client,
    events: options.events,
    lifecycle,
    logger: silentLogger,
    clock: systemClock,
  });
  const transport = createDirectTransport({
    registrations: [billing.service],
    logger: silentLogger,
    serviceName: "sluice.billing",
  });
  lifecycle.ready();
  return {
    client: createClient(BillingService, transport),
    lifecycle,
    pool,
    [Symbol.asyncDispose]: () => lifecycle.drain("the test has ended"),
  };
}

let made = 0;

/** A usage event with an identity of its own. Ten input tokens and five output tokens cost 20 nano-dollars. */
export function createEvent(init: MessageInitShape<typeof UsageEventSchema> = {}): UsageEvent {
  made += 1;
  return create(UsageEventSchema, {
    attemptId: `attempt-${made}`,
    requestId: `request-${made}`,
    attemptNumber: 1,
    instanceId: "instance-1",
    sequence: BigInt(made),
    startTime: timestampFromMs(Date.UTC(2026, 10, 22, 12) + made),
    endTime: timestampFromMs(Date.UTC(2026, 10, 22, 12, 0, 1) + made),
    outcome: Outcome.SUCCEEDED,
    team: "research",
    key: "notebooks",
    route: "chat",
    model: "openai/gpt-5.5",
    provider: "openai",
    usage: { inputTokens: 10, outputTokens: 5 },
    price: {
      version: "v1",
      tiers: [
        {
          rates: [
            { unit: BillingUnit.INPUT_TOKEN, usdNanosPerMillion: 1_000_000n },
            { unit: BillingUnit.OUTPUT_TOKEN, usdNanosPerMillion: 2_000_000n },
          ],
        },
      ],
    },
    cost: { usdNanos: 20n },
    reserved: { usdNanos: 100n },
    charges: [{ leaseId: "lease-1", budget: "day" }],
    ...init,
  } as MessageInitShape<typeof UsageEventSchema>);
}

/** The same attempt with another outcome and cost; undefined: not known. */
export function reviseEvent(event: UsageEvent, outcome: Outcome, costNanos: bigint | undefined): UsageEvent {
  const revised = clone(UsageEventSchema, event);
  revised.outcome = outcome;
  if (costNanos === undefined) delete revised.cost;
  else revised.cost = createMoney(costNanos);
  return revised;
}

/** Polls until `read` gives something other than undefined or false. */
export async function eventually<Result>(
  what: string,
  read: () => Promise<Result | undefined | false> | Result | undefined | false,
  timeoutMs = 15_000,
): Promise<Result> {
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    const result = await read();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > untilMs) throw new Error(`${what} did not come true within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
