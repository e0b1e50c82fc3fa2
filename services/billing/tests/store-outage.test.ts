import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { toBinary } from "@bufbuild/protobuf";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { UsageEventSchema } from "@sluice/api/sluice/usage/v1/usage_event";
import { connectEvents, createPublisher, usageStream } from "@sluice/events";
import { startPostgres } from "@sluice/postgres";
import { Code, ConnectError, readErrorInfo } from "@sluice/rpc";
import { startTestNats } from "@sluice/testing";
import { expect, test } from "vitest";
import { createEvent, createFakePolicy, eventually, startBilling } from "./billing-under-test.ts";

test("starts without its store, loses nothing while it is away, and catches up", { timeout: 90_000 }, async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), "sluice-billing-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const nats = stack.use(await startTestNats());
  const first = await startPostgres({ dataDir: folder, durability: "none" });
  const { port, url } = first;
  await first.stop();

  const connection = stack.use(connectEvents({ url: nats.url, name: "billing" }));
  const publisher = stack.use(createPublisher({ connection, stream: usageStream }));
  const billing = stack.use(startBilling({ databaseUrl: url, policy: createFakePolicy(), events: connection }));
  await publisher.whenReady();
  const publish = async () => {
    const event = createEvent();
    await publisher.publish({
      subject: "usage.v1.recorded",
      id: event.attemptId,
      body: toBinary(UsageEventSchema, event),
    });
  };
  const attempts = async () => (await billing.client.querySpend({})).rows[0]?.attempts;

  await publish();
  const refused = await billing.client.recordUsage({ events: [createEvent()] }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ConnectError);
  expect((refused as ConnectError).code).toBe(Code.Unavailable);
  expect(readErrorInfo(refused)?.reason).toBe(ErrorReason.STORE_UNAVAILABLE);
  expect(await billing.lifecycle.readiness()).toMatchObject({
    ready: false,
    checks: { billing_store: { state: "down" } },
  });

  const second = await startPostgres({ dataDir: folder, port, durability: "none" });
  await eventually("the first booking", async () => (await attempts().catch(() => 0n)) === 1n, 30_000);
  expect(await billing.lifecycle.readiness()).toMatchObject({ ready: true });

  await second.kill();
  expect(await billing.lifecycle.readiness()).toMatchObject({
    ready: true,
    checks: { billing_store: { state: "degraded" } },
  });
  for (let count = 0; count < 20; count += 1) await publish();
  await using third = await startPostgres({ dataDir: folder, port, durability: "none" });
  await eventually("all bookings", async () => (await attempts().catch(() => 0n)) === 21n, 40_000);
  await billing[Symbol.asyncDispose]();
  await third.stop();
});
