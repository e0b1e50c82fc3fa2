import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { toBinary } from "@bufbuild/protobuf";
import { ServerReflection } from "@sluice/api/grpc/reflection/v1/reflection";
import { BillingService } from "@sluice/api/sluice/billing/v1/billing_service";
import { ProviderAdapterService, StreamResponseSchema } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { afterEach, describe, expect, test } from "vitest";
import { type ClosableTransport, Code, createClient, createFastTransport } from "../src/index.ts";
import { failureOf } from "./failure.ts";
import { chunk, collect, streamRequest, textOf } from "./scripted-services.ts";
import { envelope } from "./tcp.ts";

let server: Server | undefined;
let transport: ClosableTransport | undefined;
let connections: Socket[] = [];

afterEach(async () => {
  await transport?.close();
  for (const socket of connections) socket.destroy();
  connections = [];
  await new Promise<void>((resolve) => server?.close(() => resolve()) ?? resolve());
});

/** A server that answers every request with what it is told, and a transport to it. */
async function serve(answer: (socket: Socket) => void): Promise<ClosableTransport> {
  server = createServer((socket) => {
    connections.push(socket);
    socket.on("error", () => {});
    socket.on("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  transport = createFastTransport({
    baseUrl: `http://127.0.0.1:${address.port}`,
    serviceName: "sluice.test",
    connections: 1,
    defaultTimeoutMs: 2_000,
    defaultStreamTimeoutMs: 2_000,
    maxResponseBytes: 100_000,
  });
  return transport;
}

function http(status: string, headers: readonly string[], body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body);
  const head = [`HTTP/1.1 ${status}`, ...headers, `content-length: ${bytes.length}`, "", ""].join("\r\n");
  return Buffer.concat([Buffer.from(head), bytes]);
}

const proto = "content-type: application/proto";
const stream = "content-type: application/connect+proto";
const json = "content-type: application/json";
const message = Buffer.from(toBinary(StreamResponseSchema, chunk("one")));
const end = (value: string) => envelope(2, Buffer.from(value));

/** Sends bytes a few at a time. */
async function drip(socket: Socket, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += 7) {
    socket.write(bytes.subarray(at, at + 7));
    await sleep(0);
  }
}

describe("a unary call", () => {
  test.each([
    ["garbage for a message", http("200 OK", [proto], Buffer.from([0xff, 0xff, 7])), Code.Internal],
    ["another content type", http("200 OK", ["content-type: text/html"], "<html>"), Code.Internal],
    ["no content type", http("200 OK", [], "x"), Code.Internal],
    ["a compression nobody asked for", http("200 OK", [proto, "content-encoding: gzip"], "x"), Code.Internal],
    ["a 502 page", http("502 Bad Gateway", ["content-type: text/html"], "<html>"), Code.Unavailable],
    ["a 404", http("404 Not Found", [], ""), Code.Unimplemented],
    ["a redirect", http("302 Found", ["location: http://127.0.0.1:1/"], ""), Code.Unknown],
    ["a 503 with JSON that is no error", http("503 Service Unavailable", [json], "[1]"), Code.Unavailable],
    ["a 503 with broken JSON", http("503 Service Unavailable", [json], '{"code":'), Code.Unavailable],
    [
      "a 503 with JSON of wrong types",
      http("503 Service Unavailable", [json], '{"code":7,"message":{}}'),
      Code.Unavailable,
    ],
    ["an unknown code", http("429 Too Many Requests", [json], '{"code":"shy"}'), Code.Unavailable],
    ["an error", http("400 Bad Request", [json], '{"code":"out_of_range","message":"no"}'), Code.OutOfRange],
    [
      "details that are no base64",
      http("500 x", [json], '{"code":"aborted","details":[{"type":"a","value":"%"}]}'),
      Code.Unknown,
    ],
    ["no HTTP at all", Buffer.from("220 smtp ready\r\n\r\n"), Code.Unavailable],
    [
      "two lengths",
      Buffer.from(`HTTP/1.1 200 OK\r\n${proto}\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab`),
      Code.Unavailable,
    ],
  ])("answered with %s fails as it should", async (_name, answer, code) => {
    const client = createClient(BillingService, await serve((socket) => socket.write(answer)));
    const error = await failureOf(client.querySpend({}));
    expect(error.code).toBe(code);
  });

  test("an answer that announces too much is given up before it comes", async () => {
    const head = `HTTP/1.1 200 OK\r\n${proto}\r\ncontent-length: 100000001\r\n\r\n`;
    const client = createClient(BillingService, await serve((socket) => socket.write(head)));
    expect((await failureOf(client.querySpend({}))).code).toBe(Code.ResourceExhausted);
  });

  test("an answer that never ends is given up at the limit", async () => {
    const client = createClient(
      BillingService,
      await serve((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${proto}\r\ntransfer-encoding: chunked\r\n\r\n`);
        const piece = `1000\r\n${"x".repeat(4096)}\r\n`;
        const sending = setInterval(() => socket.write(piece.repeat(8)), 1);
        socket.on("close", () => clearInterval(sending));
      }),
    );
    expect((await failureOf(client.querySpend({}))).code).toBe(Code.ResourceExhausted);
  });

  test("an error page that never ends is given up too", async () => {
    const client = createClient(
      BillingService,
      await serve((socket) => {
        socket.write("HTTP/1.1 503 x\r\ntransfer-encoding: chunked\r\n\r\n");
        const sending = setInterval(() => socket.write(`8000\r\n${"x".repeat(32768)}\r\n`), 1);
        socket.on("close", () => clearInterval(sending));
      }),
    );
    expect((await failureOf(client.querySpend({}))).code).toBe(Code.Unavailable);
  });

  test("an answer cut in its middle is unavailable", async () => {
    const head = `HTTP/1.1 200 OK\r\n${proto}\r\ncontent-length: 100\r\n\r\nhalf`;
    const client = createClient(BillingService, await serve((socket) => socket.end(head)));
    expect((await failureOf(client.querySpend({}))).code).toBe(Code.Unavailable);
  });

  test("a server that says nothing is given up at the deadline, and its connection too", async () => {
    const client = createClient(BillingService, await serve(() => {}));
    expect((await failureOf(client.querySpend({}, { timeoutMs: 50 }))).code).toBe(Code.DeadlineExceeded);
    await expect.poll(() => connections.every((socket) => socket.destroyed || socket.readableEnded)).toBe(true);
  });

  test("a call that waits for a connection is given up at its deadline without ever being sent", async () => {
    let requests = 0;
    const client = createClient(
      BillingService,
      await serve(() => {
        requests += 1;
      }),
    );
    const first = failureOf(client.querySpend({}, { timeoutMs: 200 }));
    const second = failureOf(client.querySpend({}, { timeoutMs: 50 }));
    expect((await second).code).toBe(Code.DeadlineExceeded);
    expect((await first).code).toBe(Code.DeadlineExceeded);
    await sleep(50);
    expect(requests).toBe(1);
  });
});

describe("a stream", () => {
  const chunked = (...pieces: readonly Uint8Array[]) =>
    Buffer.concat(
      pieces.flatMap((piece) => [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]),
    );
  const head = Buffer.from(`HTTP/1.1 200 OK\r\n${stream}\r\ntransfer-encoding: chunked\r\n\r\n`);
  const last = Buffer.from("0\r\n\r\n");
  const whole = (...pieces: readonly Uint8Array[]) => Buffer.concat([head, chunked(...pieces), last]);

  test.each([
    ["nothing at all", whole(), Code.Unavailable, 0],
    ["no end of the stream", whole(envelope(0, message)), Code.Unavailable, 1],
    ["half an envelope", whole(envelope(0, message), Buffer.from([0, 0, 0])), Code.Unavailable, 1],
    ["an end that is no JSON", whole(end("{")), Code.Internal, 0],
    ["an end that is a list", whole(end("[]")), Code.Internal, 0],
    ["an end with an error of wrong types", whole(end('{"error":{"code":"aborted","message":7}}')), Code.Internal, 0],
    ["an error", whole(envelope(0, message), end('{"error":{"code":"aborted"}}')), Code.Aborted, 1],
    ["an empty error", whole(end('{"error":{}}')), Code.Unknown, 0],
    ["messages after the end", whole(end("{}"), envelope(0, message)), Code.Internal, 0],
    ["two ends", whole(end("{}"), end("{}")), Code.Internal, 0],
    ["a compressed envelope", whole(envelope(1, message)), Code.Internal, 0],
    ["garbage in an envelope", whole(envelope(0, Buffer.from([0xff, 0xff, 7])), end("{}")), Code.Internal, 0],
    [
      "an envelope of gigabytes",
      whole(envelope(0, message), envelope(0, message, 0xffffffff)),
      Code.ResourceExhausted,
      0,
    ],
    ["another content type", http("200 OK", [proto], ""), Code.Internal, 0],
    ["a 503", http("503 x", [json], '{"code":"aborted"}'), Code.Unavailable, 0],
    ["a cut connection", Buffer.concat([head, chunked(envelope(0, message))]), Code.Unavailable, 1],
  ])("answered with %s fails after the messages before it", async (_name, answer, code, count) => {
    const client = createClient(ProviderAdapterService, await serve((socket) => socket.end(answer)));
    const texts: string[] = [];
    const error = await failureOf(
      (async () => {
        for await (const one of client.stream(streamRequest())) texts.push(textOf(one));
      })(),
    );
    expect(error.code).toBe(code);
    if (count > 0) expect(texts).toEqual(Array(count).fill("one"));
  });

  test("ends well by the protocol's end alone, in whatever pieces it comes", async () => {
    const answer = whole(envelope(0, message), envelope(0, message), end('{"metadata":{"x-a":["1","2"]}}'));
    const client = createClient(ProviderAdapterService, await serve((socket) => void drip(socket, answer)));
    let trailer: Headers | undefined;
    const options = {
      onTrailer: (trailers: Headers) => {
        trailer = trailers;
      },
    };
    expect((await collect(client.stream(streamRequest(), options))).map(textOf)).toEqual(["one", "one"]);
    expect(trailer?.get("x-a")).toBe("1, 2");
  });

  test("that stays open after its end is ended by its deadline", async () => {
    const answer = Buffer.concat([head, chunked(envelope(0, message), end("{}"))]);
    const client = createClient(ProviderAdapterService, await serve((socket) => socket.write(answer)));
    const error = await failureOf(collect(client.stream(streamRequest(), { timeoutMs: 100 })));
    expect(error.code).toBe(Code.DeadlineExceeded);
  });

  test("that nobody reads holds no more than it must, and its connection comes back", async () => {
    let sent = 0;
    let answering = false;
    const client = createClient(
      ProviderAdapterService,
      await serve((socket) => {
        if (answering) return;
        answering = true;
        socket.write(head);
        const piece = chunked(envelope(0, Buffer.from(toBinary(StreamResponseSchema, chunk("x".repeat(50_000))))));
        const send = () => {
          while (!socket.destroyed && sent < 2_000) {
            sent += 1;
            if (!socket.write(piece)) {
              socket.once("drain", send);
              return;
            }
          }
        };
        send();
      }),
    );
    const controller = new AbortController();
    const iterator = client.stream(streamRequest(), { signal: controller.signal })[Symbol.asyncIterator]();
    await iterator.next();
    await sleep(200);
    expect(sent).toBeLessThan(400);
    controller.abort();
    expect((await failureOf(iterator.next())).code).toBe(Code.Canceled);
    await expect.poll(() => connections.every((socket) => socket.destroyed)).toBe(true);
  });
});

describe("the fast transport itself", () => {
  test("refuses headers that are none", async () => {
    const client = createClient(BillingService, await serve(() => {}));
    const error = await failureOf(client.querySpend({}, { headers: [["x-a", "one\r\nx-b: two"]] }));
    expect(error.code).toBe(Code.Internal);
    expect(connections).toHaveLength(0);
  });

  test("takes no more calls than it may", async () => {
    await serve(() => {});
    const address = server?.address();
    if (address === null || address === undefined || typeof address === "string") throw new Error("no address");
    await using small = createFastTransport({
      baseUrl: `http://127.0.0.1:${address.port}`,
      serviceName: "sluice.test",
      maxConcurrentCalls: 2,
      connections: 1,
    });
    const client = createClient(BillingService, small);
    const running = [
      failureOf(client.querySpend({}, { timeoutMs: 60 })),
      failureOf(client.querySpend({}, { timeoutMs: 60 })),
    ];
    expect((await failureOf(client.querySpend({}))).code).toBe(Code.ResourceExhausted);
    await Promise.all(running);
    expect((await failureOf(client.querySpend({}, { timeoutMs: 60 }))).code).toBe(Code.DeadlineExceeded);
  });

  test("ends running calls when it is closed", async () => {
    const opened = await serve(() => {});
    const running = failureOf(createClient(BillingService, opened).querySpend({}));
    await expect.poll(() => connections.length).toBe(1);
    await opened.close();
    expect((await running).code).toBe(Code.Unavailable);
  });

  test("refuses a base URL with a path, and methods that it does not carry", async () => {
    expect(() => createFastTransport({ baseUrl: "http://127.0.0.1:1/api", serviceName: "x" })).toThrow(/has a path/);
    const client = createClient(ServerReflection, await serve(() => {}));
    const requests = async function* () {};
    expect((await failureOf(collect(client.serverReflectionInfo(requests())))).code).toBe(Code.Unimplemented);
  });
});
