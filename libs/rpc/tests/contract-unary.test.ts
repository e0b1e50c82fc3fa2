import { setTimeout as sleep } from "node:timers/promises";
import { BillingService } from "@sluice/api/sluice/billing/v1/billing_service";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, test } from "vitest";
import { Code, ConnectError, callerOf, createClient, readErrorInfo, rpcError } from "../src/index.ts";
import { failureOf } from "./failure.ts";
import { lanes } from "./lanes.ts";
import { createScript } from "./scripted-services.ts";

describe.each(lanes)("unary over $name", (lane) => {
  test("carries a message there and back", async () => {
    await using open = await lane.open(createScript());
    const client = createClient(BillingService, open.transport);
    const answer = await client.querySpend({ team: "research", pageSize: 7 });
    expect(answer.$typeName).toBe("sluice.billing.v1.QuerySpendResponse");
    expect(answer.nextPageToken).toBe("research/7");
  });

  test("takes an empty message and gives one", async () => {
    await using open = await lane.open(createScript({ unary: () => ({}) }));
    const answer = await createClient(BillingService, open.transport).querySpend({});
    expect(answer.rows).toEqual([]);
  });

  test("keeps absent fields absent and 64-bit integers whole", async () => {
    const script = createScript({
      unary: (request) => ({
        rows: [{ values: [String(request.startTime)], requests: 2n ** 63n + 1n, cost: { usdNanos: -(2n ** 62n) } }],
      }),
    });
    await using open = await lane.open(script);
    const { rows } = await createClient(BillingService, open.transport).querySpend({});
    expect(rows[0]?.values).toEqual(["undefined"]);
    expect(rows[0]?.requests).toBe(2n ** 63n + 1n);
    expect(rows[0]?.cost?.usdNanos).toBe(-(2n ** 62n));
    expect(rows[0]?.saved).toBeUndefined();
  });

  test("runs calls side by side, each with its own answer", async () => {
    const script = createScript({
      unary: async ({ team }) => {
        await sleep(Number(team) % 7);
        return { nextPageToken: team };
      },
    });
    await using open = await lane.open(script);
    const client = createClient(BillingService, open.transport);
    const teams = Array.from({ length: 60 }, (_, index) => String(index));
    const answers = await Promise.all(teams.map((team) => client.querySpend({ team })));
    expect(answers.map(({ nextPageToken }) => nextPageToken)).toEqual(teams);
  });

  test("carries headers in, headers and trailers out", async () => {
    const script = createScript({
      unary: (_request, context) => {
        context.responseHeader.set("x-leading", "first");
        context.responseTrailer.set("x-trailing", "last");
        return { nextPageToken: context.requestHeader.get("x-asked") ?? "" };
      },
    });
    await using open = await lane.open(script);
    let header: Headers | undefined;
    let trailer: Headers | undefined;
    const answer = await createClient(BillingService, open.transport).querySpend(
      {},
      {
        headers: { "X-Asked": "please" },
        onHeader: (headers) => {
          header = headers;
        },
        onTrailer: (trailers) => {
          trailer = trailers;
        },
      },
    );
    expect(answer.nextPageToken).toBe("please");
    expect(header?.get("x-leading")).toBe("first");
    expect(trailer?.get("x-trailing")).toBe("last");
    expect(header?.get("trailer-x-trailing")).toBeNull();
  });

  test("carries an error's code, message, ErrorInfo and metadata", async () => {
    const script = createScript({
      unary: (_request, context) => {
        context.responseTrailer.set("x-trailing", "last");
        const error = rpcError({
          code: Code.ResourceExhausted,
          reason: ErrorReason.BUDGET_EXHAUSTED,
          fault: Fault.CALLER,
          message: "budget research-daily exhausted: limit 25.00 USD",
          metadata: { budget: "research-daily", limit_usd: "25" },
          cause: new Error("never to be seen"),
        });
        error.metadata.set("x-of-the-error", "yes");
        throw error;
      },
    });
    await using open = await lane.open(script);
    const error = await failureOf(createClient(BillingService, open.transport).querySpend({}));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.rawMessage).toBe("budget research-daily exhausted: limit 25.00 USD");
    expect(error.metadata.get("x-of-the-error")).toBe("yes");
    expect(error.metadata.get("x-trailing")).toBe("last");
    expect(readErrorInfo(error)).toMatchObject({
      reason: ErrorReason.BUDGET_EXHAUSTED,
      fault: Fault.CALLER,
      metadata: { budget: "research-daily", limit_usd: "25" },
    });
    expect(String(error.cause)).not.toContain("never to be seen");
  });

  test("tells nothing of an exception that nobody expected", async () => {
    const script = createScript({
      unary: () => {
        throw new TypeError("password hunter2 is wrong");
      },
    });
    await using open = await lane.open(script);
    const error = await failureOf(createClient(BillingService, open.transport).querySpend({}));
    expect(error.code).toBe(Code.Internal);
    expect(error.rawMessage).toBe("internal error");
    expect(error.message).not.toContain("hunter2");
    expect(String(error.cause)).not.toContain("hunter2");
    if (lane.kitServer) expect(readErrorInfo(error)).toMatchObject({ reason: ErrorReason.INTERNAL, metadata: {} });
  });

  test.runIf(lane.kitServer)("gives an error that names no reason the one of its code", async () => {
    const script = createScript({
      unary: () => {
        throw new ConnectError("no such team", Code.NotFound);
      },
    });
    await using open = await lane.open(script);
    const error = await failureOf(createClient(BillingService, open.transport).querySpend({}));
    expect(error.code).toBe(Code.NotFound);
    expect(readErrorInfo(error)).toMatchObject({ reason: ErrorReason.NOT_FOUND, fault: Fault.CALLER });
  });

  test.runIf(lane.kitServer)("refuses input that breaks its rules before the handler sees it", async () => {
    let called = false;
    const script = createScript({
      unary: () => {
        called = true;
        return {};
      },
    });
    await using open = await lane.open(script);
    const error = await failureOf(createClient(BillingService, open.transport).querySpend({ pageSize: 1001 }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toContain("page_size");
    expect(readErrorInfo(error)).toMatchObject({ reason: ErrorReason.INVALID_REQUEST, fault: Fault.CALLER });
    expect(called).toBe(false);
  });

  test.runIf(lane.kitServer)("tells the handler who calls", async () => {
    const script = createScript({ unary: (_request, context) => ({ nextPageToken: callerOf(context).kind }) });
    await using open = await lane.open(script);
    expect((await createClient(BillingService, open.transport).querySpend({})).nextPageToken).toBe("mesh");
  });

  test("ends at the deadline, on both sides, and the handler is told the time it has", async () => {
    const seen = Promise.withResolvers<{ leftMs: number; aborted: Promise<number> }>();
    const script = createScript({
      unary: (_request, context) => {
        const started = performance.now();
        const aborted = new Promise<number>((resolve) => {
          context.signal.addEventListener("abort", () => resolve(performance.now() - started));
        });
        seen.resolve({ leftMs: context.timeoutMs() ?? Number.NaN, aborted });
        return new Promise(() => {});
      },
    });
    await using open = await lane.open(script);
    const started = performance.now();
    const error = await failureOf(createClient(BillingService, open.transport).querySpend({}, { timeoutMs: 80 }));
    expect(error.code).toBe(Code.DeadlineExceeded);
    expect(performance.now() - started).toBeLessThan(1000);
    const { leftMs, aborted } = await seen.promise;
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(80);
    expect(await aborted).toBeLessThan(1000);
  });

  test("a deadline that has passed already is one", async () => {
    await using open = await lane.open(createScript());
    const error = await failureOf(createClient(BillingService, open.transport).querySpend({}, { timeoutMs: -5 }));
    expect(error.code).toBe(Code.DeadlineExceeded);
  });

  test("aborting the caller's signal ends the call and aborts the handler's", async () => {
    const running = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<number>();
    const script = createScript({
      unary: (_request, context) => {
        context.signal.addEventListener("abort", () => aborted.resolve(performance.now()));
        running.resolve();
        return new Promise(() => {});
      },
    });
    await using open = await lane.open(script);
    const controller = new AbortController();
    const call = failureOf(
      createClient(BillingService, open.transport).querySpend({}, { signal: controller.signal, timeoutMs: 10_000 }),
    );
    await running.promise;
    const abortedAt = performance.now();
    controller.abort();
    expect((await call).code).toBe(Code.Canceled);
    expect((await aborted.promise) - abortedAt).toBeLessThan(500);
  });

  test("a signal that is aborted already never reaches the handler", async () => {
    let called = false;
    const script = createScript({
      unary: () => {
        called = true;
        return {};
      },
    });
    await using open = await lane.open(script);
    const error = await failureOf(
      createClient(BillingService, open.transport).querySpend({}, { signal: AbortSignal.abort() }),
    );
    expect(error.code).toBe(Code.Canceled);
    expect(called).toBe(false);
  });

  test("the handler's signal is aborted when the call has ended", async () => {
    let signal: AbortSignal | undefined;
    const script = createScript({
      unary: (_request, context) => {
        signal = context.signal;
        return {};
      },
    });
    await using open = await lane.open(script);
    await createClient(BillingService, open.transport).querySpend({});
    await expect.poll(() => signal?.aborted).toBe(true);
  });

  test.runIf(lane.wire)("the client sends no message over its limit", async () => {
    await using open = await lane.open(createScript(), { clientLimits: { maxRequestBytes: 20 } });
    const client = createClient(BillingService, open.transport);
    const error = await failureOf(client.querySpend({ pageToken: "x".repeat(300) }));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect((await client.querySpend({ team: "a" })).nextPageToken).toBe("a/0");
  });

  test.runIf(lane.wire)("the server takes no message over its limit", async () => {
    await using open = await lane.open(createScript(), { serverLimits: { readMaxBytes: 200 } });
    const client = createClient(BillingService, open.transport);
    const error = await failureOf(client.querySpend({ pageToken: "x".repeat(3000) }));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect((await client.querySpend({ team: "a" })).nextPageToken).toBe("a/0");
  });

  test.runIf(lane.wire)("the server sends no message over its limit", async () => {
    const script = createScript({ unary: ({ team }) => ({ nextPageToken: team || "x".repeat(3000) }) });
    await using open = await lane.open(script, { serverLimits: { writeMaxBytes: 200 } });
    const client = createClient(BillingService, open.transport);
    expect((await failureOf(client.querySpend({}))).code).toBe(Code.ResourceExhausted);
    expect((await client.querySpend({ team: "a" })).nextPageToken).toBe("a");
  });

  test.runIf(lane.wire)("the client takes no message over its limit", async () => {
    const script = createScript({ unary: ({ team }) => ({ nextPageToken: team || "x".repeat(300_000) }) });
    await using open = await lane.open(script, { clientLimits: { maxResponseBytes: 1000 } });
    const client = createClient(BillingService, open.transport);
    expect((await failureOf(client.querySpend({}))).code).toBe(Code.ResourceExhausted);
    expect((await client.querySpend({ team: "a" })).nextPageToken).toBe("a");
  });

  test.runIf(lane.wire)("what cannot be encoded is an error, and never sent", async () => {
    let called = false;
    const script = createScript({
      unary: () => {
        called = true;
        return {};
      },
    });
    await using open = await lane.open(script);
    const error = await failureOf(createClient(BillingService, open.transport).querySpend({ pageSize: -1 }));
    expect([Code.Internal, Code.InvalidArgument]).toContain(error.code);
    expect(called).toBe(false);
  });

  test.runIf(lane.wire)("a megabyte crosses whole", async () => {
    const values = Array.from({ length: 1000 }, (_, index) => `${index}-${"y".repeat(1000)}`);
    const script = createScript({ unary: () => ({ rows: values.map((value) => ({ values: [value] })) }) });
    await using open = await lane.open(script);
    const { rows } = await createClient(BillingService, open.transport).querySpend({});
    expect(rows.map((row) => row.values[0])).toEqual(values);
  });

  test.runIf(lane.wire)("a server that dies during the call makes it unavailable", async () => {
    const running = Promise.withResolvers<void>();
    const script = createScript({
      unary: () => {
        running.resolve();
        return new Promise(() => {});
      },
    });
    await using open = await lane.open(script);
    const call = failureOf(createClient(BillingService, open.transport).querySpend({}, { timeoutMs: 10_000 }));
    await running.promise;
    await open.kill();
    expect((await call).code).toBe(Code.Unavailable);
  });

  test.runIf(lane.wire)("a server that is not there is unavailable", async () => {
    await using open = await lane.open(createScript());
    await open.kill();
    const error = await failureOf(createClient(BillingService, open.transport).querySpend({}));
    expect(error.code).toBe(Code.Unavailable);
  });
});
