import { setTimeout as sleep } from "node:timers/promises";
import { createClient as createConnectClient } from "@connectrpc/connect";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { describe, expect, test } from "vitest";
import { Code, createClient, readErrorInfo, rpcError } from "../src/index.ts";
import { failureOf } from "./failure.ts";
import { lanes } from "./lanes.ts";
import { chunk, collect, createScript, streamRequest, textOf } from "./scripted-services.ts";

const never = new Promise<never>(() => {});

describe.each(lanes)("stream over $name", (lane) => {
  test("carries messages in order", async () => {
    await using open = await lane.open(createScript());
    const messages = await collect(createClient(ProviderAdapterService, open.transport).stream(streamRequest()));
    expect(messages.map(textOf)).toEqual(["one", "two"]);
  });

  test("gives Connect's own client the same", async () => {
    await using open = await lane.open(createScript());
    const messages = await collect(createConnectClient(ProviderAdapterService, open.transport).stream(streamRequest()));
    expect(messages.map(textOf)).toEqual(["one", "two"]);
  });

  test("may be empty", async () => {
    await using open = await lane.open(createScript({ async *stream() {} }));
    expect(await collect(createClient(ProviderAdapterService, open.transport).stream(streamRequest()))).toEqual([]);
  });

  test("carries ten thousand messages", async () => {
    const script = createScript({
      async *stream() {
        for (let index = 0; index < 10_000; index += 1) yield chunk(String(index));
      },
    });
    await using open = await lane.open(script);
    let next = 0;
    for await (const message of createClient(ProviderAdapterService, open.transport).stream(streamRequest())) {
      if (textOf(message) !== String(next)) throw new Error(`got ${textOf(message)}, expected ${next}`);
      next += 1;
    }
    expect(next).toBe(10_000);
  });

  test("carries large messages among small ones", async () => {
    const sizes = [1, 100_000, 0, 16_384, 16_383, 1_000_000, 3];
    const script = createScript({
      async *stream() {
        for (const size of sizes) yield chunk("z".repeat(size));
      },
    });
    await using open = await lane.open(script);
    const messages = await collect(createClient(ProviderAdapterService, open.transport).stream(streamRequest()));
    expect(messages.map((message) => textOf(message).length)).toEqual(sizes);
  });

  test("brings each message when it is sent, not when the stream ends", async () => {
    const goOn = Promise.withResolvers<void>();
    const script = createScript({
      async *stream() {
        yield chunk("early");
        await goOn.promise;
        yield chunk("late");
      },
    });
    await using open = await lane.open(script);
    const texts: string[] = [];
    for await (const message of createClient(ProviderAdapterService, open.transport).stream(streamRequest())) {
      texts.push(textOf(message));
      goOn.resolve();
    }
    expect(texts).toEqual(["early", "late"]);
  });

  test("carries headers in, headers and trailers out", async () => {
    const script = createScript({
      async *stream(_request, context) {
        context.responseHeader.set("x-leading", context.requestHeader.get("x-asked") ?? "");
        yield chunk("one");
        context.responseTrailer.set("x-trailing", "last");
      },
    });
    await using open = await lane.open(script);
    let header: Headers | undefined;
    let trailer: Headers | undefined;
    const stream = createClient(ProviderAdapterService, open.transport).stream(streamRequest(), {
      headers: { "x-asked": "please" },
      onHeader: (headers) => {
        header = headers;
      },
      onTrailer: (trailers) => {
        trailer = trailers;
      },
    });
    await collect(stream);
    expect(header?.get("x-leading")).toBe("please");
    expect(trailer?.get("x-trailing")).toBe("last");
  });

  test("an error midway comes after the messages before it, with its details", async () => {
    const script = createScript({
      async *stream(_request, context) {
        yield chunk("one");
        context.responseTrailer.set("x-trailing", "last");
        throw rpcError({
          code: Code.Unavailable,
          reason: ErrorReason.UPSTREAM_TRUNCATED,
          fault: Fault.UPSTREAM,
          message: "provider openai cut its answer",
          metadata: { provider: "openai" },
        });
      },
    });
    await using open = await lane.open(script);
    const texts: string[] = [];
    const error = await failureOf(
      (async () => {
        for await (const message of createClient(ProviderAdapterService, open.transport).stream(streamRequest())) {
          texts.push(textOf(message));
        }
      })(),
    );
    expect(texts).toEqual(["one"]);
    expect(error.code).toBe(Code.Unavailable);
    expect(error.rawMessage).toBe("provider openai cut its answer");
    expect(error.metadata.get("x-trailing")).toBe("last");
    expect(readErrorInfo(error)).toMatchObject({
      reason: ErrorReason.UPSTREAM_TRUNCATED,
      fault: Fault.UPSTREAM,
      metadata: { provider: "openai" },
    });
  });

  test("an error before the first message, and an exception, are errors of the stream", async () => {
    const script = createScript({
      // biome-ignore lint/correctness/useYield: it fails before it has anything to give
      async *stream() {
        throw new TypeError("hunter2");
      },
    });
    await using open = await lane.open(script);
    const error = await failureOf(
      collect(createClient(ProviderAdapterService, open.transport).stream(streamRequest())),
    );
    expect(error.code).toBe(Code.Internal);
    expect(error.message).not.toContain("hunter2");
  });

  test.runIf(lane.kitServer)("refuses input that breaks its rules before the handler sees it", async () => {
    let called = false;
    const script = createScript({
      async *stream() {
        called = true;
        yield chunk("no");
      },
    });
    await using open = await lane.open(script);
    const error = await failureOf(collect(createClient(ProviderAdapterService, open.transport).stream({})));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toContain("attempt");
    expect(called).toBe(false);
  });

  test("lets a method's input through unchecked where that is asked for", async () => {
    await using open = await lane.open(createScript(), { validateStream: "off" });
    const messages = await collect(createClient(ProviderAdapterService, open.transport).stream({}));
    expect(messages).toHaveLength(2);
  });

  test("ends at the deadline, on both sides, with the messages before it", async () => {
    const aborted = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const script = createScript({
      async *stream(_request, context) {
        context.signal.addEventListener("abort", () => aborted.resolve());
        try {
          yield chunk("one");
          await Promise.race([never, aborted.promise]);
        } finally {
          ended.resolve();
        }
      },
    });
    await using open = await lane.open(script);
    const texts: string[] = [];
    const stream = createClient(ProviderAdapterService, open.transport).stream(streamRequest(), { timeoutMs: 100 });
    const error = await failureOf(
      (async () => {
        for await (const message of stream) texts.push(textOf(message));
      })(),
    );
    expect(error.code).toBe(Code.DeadlineExceeded);
    expect(texts).toEqual(["one"]);
    await aborted.promise;
    await ended.promise;
  });

  test("a deadline passes before the first message too", async () => {
    const script = createScript({
      async *stream() {
        await never;
        yield chunk("never");
      },
    });
    await using open = await lane.open(script);
    const stream = createClient(ProviderAdapterService, open.transport).stream(streamRequest(), { timeoutMs: 60 });
    expect((await failureOf(collect(stream))).code).toBe(Code.DeadlineExceeded);
  });

  test("aborting the caller's signal ends the stream and aborts the handler's", async () => {
    const aborted = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const script = createScript({
      async *stream(_request, context) {
        context.signal.addEventListener("abort", () => aborted.resolve());
        try {
          yield chunk("one");
          await Promise.race([never, aborted.promise]);
        } finally {
          ended.resolve();
        }
      },
    });
    await using open = await lane.open(script);
    const controller = new AbortController();
    const stream = createClient(ProviderAdapterService, open.transport).stream(streamRequest(), {
      signal: controller.signal,
    });
    const error = await failureOf(
      (async () => {
        for await (const _message of stream) controller.abort();
      })(),
    );
    expect(error.code).toBe(Code.Canceled);
    await aborted.promise;
    await ended.promise;
  });

  test("leaving the stream ends the handler, its iterator and its signal, and gives the connection back", async () => {
    let ended = 0;
    const script = createScript({
      async *stream(_request, context) {
        try {
          for (let index = 0; ; index += 1) {
            yield chunk(String(index));
            await sleep(1, undefined, { signal: context.signal }).catch(() => {});
          }
        } finally {
          ended += 1;
        }
      },
    });
    await using open = await lane.open(script, { connections: 2 });
    const client = createClient(ProviderAdapterService, open.transport);
    for (let round = 0; round < 8; round += 1) {
      for await (const message of client.stream(streamRequest(), { timeoutMs: 4_000 })) {
        if (textOf(message) === "2") break;
      }
    }
    await expect.poll(() => ended).toBe(8);
  });

  test("a reader that stops pauses the producer", async () => {
    const messageBytes = 32 * 1024;
    let produced = 0;
    const script = createScript({
      async *stream() {
        const message = chunk("x".repeat(messageBytes));
        for (; produced < 2_000; produced += 1) yield message;
      },
    });
    await using open = await lane.open(script);
    const iterator = createClient(ProviderAdapterService, open.transport)
      .stream(streamRequest())
      [Symbol.asyncIterator]();
    await iterator.next();
    await sleep(150);
    const settled = produced;
    await sleep(150);
    expect(produced).toBe(settled);
    expect(produced * messageBytes).toBeLessThan(16 * 1024 * 1024);
    let received = 1;
    while ((await iterator.next()).done !== true) received += 1;
    expect(received).toBe(2_000);
  });

  test.runIf(lane.wire)("no message over the server's limit is sent, and the stream says so", async () => {
    const script = createScript({
      async *stream() {
        yield chunk("one");
        yield chunk("x".repeat(5000));
      },
    });
    await using open = await lane.open(script, { serverLimits: { writeMaxBytes: 1000 } });
    const error = await failureOf(
      collect(createClient(ProviderAdapterService, open.transport).stream(streamRequest())),
    );
    expect(error.code).toBe(Code.ResourceExhausted);
  });

  test.runIf(lane.wire)("no message over the client's limit is taken", async () => {
    const script = createScript({
      async *stream() {
        yield chunk("x".repeat(5000));
        await sleep(10);
      },
    });
    await using open = await lane.open(script, { clientLimits: { maxResponseBytes: 1000 } });
    const error = await failureOf(
      collect(createClient(ProviderAdapterService, open.transport).stream(streamRequest())),
    );
    expect(error.code).toBe(Code.ResourceExhausted);
  });

  test.runIf(lane.wire)("no request over the server's limit is taken", async () => {
    await using open = await lane.open(createScript(), { serverLimits: { readMaxBytes: 1000 } });
    const stream = createClient(ProviderAdapterService, open.transport).stream(streamRequest("x".repeat(5000)));
    expect((await failureOf(collect(stream))).code).toBe(Code.ResourceExhausted);
  });

  test.runIf(lane.wire)("a server that dies midway is an error after the messages before it", async () => {
    const script = createScript({
      async *stream() {
        yield chunk("one");
        await never;
      },
    });
    await using open = await lane.open(script);
    const texts: string[] = [];
    const error = await failureOf(
      (async () => {
        for await (const message of createClient(ProviderAdapterService, open.transport).stream(streamRequest())) {
          texts.push(textOf(message));
          void open.kill();
        }
      })(),
    );
    expect(texts).toEqual(["one"]);
    expect(error.code).toBe(Code.Unavailable);
  });

  test("runs streams side by side", async () => {
    const script = createScript({
      async *stream(request) {
        const name = request.attempt?.attemptId ?? "";
        for (let index = 0; index < 20; index += 1) {
          yield chunk(`${name}-${index}`);
          if (index % 5 === 0) await sleep(1);
        }
      },
    });
    await using open = await lane.open(script);
    const client = createClient(ProviderAdapterService, open.transport);
    const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
    const all = await Promise.all(
      names.map((attemptId) => {
        const request = streamRequest();
        if (request.attempt !== undefined) request.attempt.attemptId = attemptId;
        return collect(client.stream(request));
      }),
    );
    expect(all.map((messages) => messages.map(textOf))).toEqual(
      names.map((name) => Array.from({ length: 20 }, (_, index) => `${name}-${index}`)),
    );
  });
});
