import { setTimeout as sleep } from "node:timers/promises";
import { toBinary } from "@bufbuild/protobuf";
import { StreamRequestSchema } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { silentLogger } from "@sluice/runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRpcHandler, type Listener, listen } from "../src/index.ts";
import { chunk, createScript, createScriptedServices, type Script, streamRequest } from "./scripted-services.ts";
import { envelope, openRaw, postHead } from "./tcp.ts";

const unaryPath = "/sluice.billing.v1.BillingService/QuerySpend";
const streamPath = "/sluice.provider.v1.ProviderAdapterService/Stream";
const streamBody = Buffer.from(toBinary(StreamRequestSchema, streamRequest()));

let script: Script;
let listener: Listener;
let calls: number;

beforeEach(async () => {
  calls = 0;
  script = createScript({
    unary: () => {
      calls += 1;
      return { nextPageToken: "fine" };
    },
  });
  listener = await listen({
    port: 0,
    logger: silentLogger,
    maxHeaderBytes: 8 * 1024,
    headersTimeoutMs: 300,
    requestTimeoutMs: 600,
    stallTimeoutMs: 400,
    handler: createRpcHandler({
      services: createScriptedServices(script),
      access: {
        rules: { "sluice.billing.v1.BillingService": "public", "sluice.provider.v1.ProviderAdapterService": "public" },
      },
      limits: { readMaxBytes: 10_000 },
      logger: silentLogger,
      serviceName: "sluice.test",
    }),
  });
});

afterEach(async () => {
  await expectServing();
  await listener.close({ deadlineMs: 0 });
});

/** Whatever a client did, others are served. */
async function expectServing(): Promise<void> {
  const response = await fetch(listener.url + unaryPath, {
    method: "POST",
    headers: { "content-type": "application/proto" },
    body: "",
  });
  expect(response.status).toBe(200);
}

async function answerTo(...pieces: (string | Uint8Array)[]): Promise<string> {
  const raw = await openRaw(listener.port);
  for (const piece of pieces) raw.send(piece);
  await Promise.race([raw.closed, expect.poll(raw.received, { timeout: 2_000 }).toMatch(/\r\n\r\n[\s\S]*/)]);
  await sleep(50);
  const received = raw.received();
  raw.socket.destroy();
  return received;
}

describe("unary requests over TCP", () => {
  test("garbage for a body is invalid_argument", async () => {
    const body = Buffer.from([0xff, 0xff, 0xff, 0x07, 0x00]);
    const answer = await answerTo(postHead(unaryPath, "application/proto", `content-length: ${body.length}`), body);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"invalid_argument"');
    expect(calls).toBe(0);
  });

  test("a length in the message that goes beyond it is invalid_argument", async () => {
    const body = Buffer.from([0x22, 0xff, 0xff, 0xff, 0x7f, 0x61]);
    const answer = await answerTo(postHead(unaryPath, "application/proto", `content-length: ${body.length}`), body);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("a body over the limit is refused while it is still being sent", async () => {
    const raw = await openRaw(listener.port);
    raw.send(postHead(unaryPath, "application/proto", "transfer-encoding: chunked"));
    const piece = Buffer.alloc(4096, 0x61);
    for (let index = 0; index < 4; index += 1)
      raw.send(Buffer.concat([Buffer.from("1000\r\n"), piece, Buffer.from("\r\n")]));
    await expect.poll(raw.received).toMatch(/^HTTP\/1\.1 429 [\s\S]*resource_exhausted/);
    expect(calls).toBe(0);
    raw.socket.destroy();
  });

  test("a client that goes on sending after it was refused loses its connection", async () => {
    const raw = await openRaw(listener.port);
    raw.send(postHead(unaryPath, "application/proto", "content-length: 100000000"));
    const piece = Buffer.alloc(64 * 1024);
    const sending = setInterval(() => {
      for (let index = 0; index < 16; index += 1) raw.send(piece);
    }, 5);
    const answer = await raw.closed;
    clearInterval(sending);
    expect(answer).toMatch(/^(HTTP\/1\.1 429 [\s\S]*|)$/);
  });

  test("a body that is shorter than announced is never handled", async () => {
    const raw = await openRaw(listener.port);
    raw.send(postHead(unaryPath, "application/proto", "content-length: 50"));
    raw.send("half");
    expect(await raw.closed).toMatch(/^HTTP\/1\.1 408 /);
    expect(calls).toBe(0);
  });

  test("a client that leaves in the middle of its body is forgotten", async () => {
    const raw = await openRaw(listener.port);
    raw.send(postHead(unaryPath, "application/proto", "content-length: 50"));
    raw.send("half");
    await sleep(20);
    raw.socket.destroy();
    await sleep(20);
    expect(calls).toBe(0);
  });

  test("contradictory lengths are refused", async () => {
    const head = postHead(unaryPath, "application/proto", "content-length: 1", "content-length: 2");
    expect(await answerTo(head, "ab")).toMatch(/^HTTP\/1\.1 400 /);
    const both = postHead(unaryPath, "application/proto", "content-length: 1", "transfer-encoding: chunked");
    expect(await answerTo(both, "0\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    expect(calls).toBe(0);
  });

  test.each(["-1", "1.5", "soon", "99999999999", "2147483648"])("timeout %s is invalid_argument", async (timeout) => {
    const head = postHead(unaryPath, "application/proto", "content-length: 0", `connect-timeout-ms: ${timeout}`);
    const answer = await answerTo(head);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain("connect-timeout-ms");
    expect(calls).toBe(0);
  });

  test("timeout 0 has passed", async () => {
    script.unary = () => new Promise(() => {});
    const answer = await answerTo(
      postHead(unaryPath, "application/proto", "content-length: 0", "connect-timeout-ms: 0"),
    );
    expect(answer).toContain('"code":"deadline_exceeded"');
    script.unary = () => ({});
  });

  test("a host that is no host does not end the process", async () => {
    const answer = await answerTo(
      `POST ${unaryPath} HTTP/1.1\r\nhost: a b[\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  test.each(["GET", "PUT", "DELETE"])("%s is no way to call", async (method) => {
    const answer = await answerTo(`${method} ${unaryPath} HTTP/1.1\r\nhost: test\r\ncontent-length: 0\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 (405|415) /);
  });

  test("an unknown content type is refused, an unknown path not found", async () => {
    expect(await answerTo(postHead(unaryPath, "text/plain", "content-length: 0"))).toMatch(/^HTTP\/1\.1 415 /);
    expect(
      await answerTo(postHead("/sluice.billing.v1.BillingService/Nothing", "application/proto", "content-length: 0")),
    ).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe("stream requests over TCP", () => {
  async function end(body: Buffer): Promise<string> {
    return await answerTo(postHead(streamPath, "application/connect+proto", `content-length: ${body.length}`), body);
  }

  test("an envelope that announces gigabytes is refused by its prefix", async () => {
    const answer = await end(envelope(0, Buffer.from("x"), 0xffffffff));
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*resource_exhausted/);
  });

  test("half an envelope is invalid_argument", async () => {
    expect(await end(envelope(0, streamBody).subarray(0, 20))).toContain('"code":"invalid_argument"');
    expect(await end(Buffer.from([0, 0, 0]))).toContain('"code":"invalid_argument"');
  });

  test("no envelope, and two, are not one", async () => {
    expect(await end(Buffer.alloc(0))).toContain('"code":"unimplemented"');
    expect(await end(Buffer.concat([envelope(0, streamBody), envelope(0, streamBody)]))).toContain(
      '"code":"unimplemented"',
    );
  });

  test("a compressed envelope without a compression, and an unknown flag, are invalid_argument", async () => {
    expect(await end(envelope(1, streamBody))).toContain('"code":"invalid_argument"');
    expect(await end(envelope(0x80, streamBody))).toContain('"code":"invalid_argument"');
  });

  test("garbage in an envelope is invalid_argument", async () => {
    expect(await end(envelope(0, Buffer.from([0xff, 0xff, 0xff, 7, 0])))).toContain('"code":"invalid_argument"');
  });

  test("a client that leaves in the middle of a stream ends its handler", async () => {
    const ended = Promise.withResolvers<boolean>();
    script.stream = async function* (_request, { signal }) {
      try {
        for (;;) {
          yield chunk("more");
          await sleep(1, undefined, { signal }).catch(() => {});
        }
      } finally {
        ended.resolve(signal.aborted);
      }
    };
    const raw = await openRaw(listener.port);
    const body = envelope(0, streamBody);
    raw.send(postHead(streamPath, "application/connect+proto", `content-length: ${body.length}`));
    raw.send(body);
    await expect.poll(raw.received).toContain("more");
    raw.socket.destroy();
    expect(await ended.promise).toBe(true);
  });

  test("a client that takes nothing loses its connection, and its handler ends", async () => {
    const ended = Promise.withResolvers<void>();
    let produced = 0;
    script.stream = async function* () {
      try {
        const message = chunk("x".repeat(64 * 1024));
        for (;;) {
          produced += 1;
          yield message;
        }
      } finally {
        ended.resolve();
      }
    };
    const raw = await openRaw(listener.port);
    raw.socket.pause();
    const body = envelope(0, streamBody);
    raw.send(postHead(streamPath, "application/connect+proto", `content-length: ${body.length}`));
    raw.send(body);
    await ended.promise;
    expect(produced).toBeLessThan(1000);
    raw.socket.destroy();
  });

  test("a stream that is silent for longer than the stall time goes on", async () => {
    script.stream = async function* () {
      yield chunk("one");
      await sleep(1_000);
      yield chunk("two");
    };
    const raw = await openRaw(listener.port);
    const body = envelope(0, streamBody);
    raw.send(postHead(streamPath, "application/connect+proto", `content-length: ${body.length}`));
    raw.send(body);
    await expect.poll(raw.received, { timeout: 3_000 }).toContain("two");
    raw.socket.destroy();
  });
});

describe("connections", () => {
  test("one that says nothing is closed", async () => {
    const raw = await openRaw(listener.port);
    const started = performance.now();
    await raw.closed;
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test("one that sends its headers drop by drop is closed", async () => {
    const raw = await openRaw(listener.port);
    raw.send(`POST ${unaryPath} HTTP/1.1\r\n`);
    const drip = setInterval(() => raw.send("x: y\r\n"), 50);
    const started = performance.now();
    const answer = await raw.closed;
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  test("headers over the limit are 431", async () => {
    const head = postHead(unaryPath, "application/proto", `x-long: ${"y".repeat(9_000)}`, "content-length: 0");
    expect(await answerTo(head)).toMatch(/^HTTP\/1\.1 431 /);
  });

  test.each([
    ["noise", Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])],
    ["a word", Buffer.from("HELLO\r\n\r\n")],
    ["an HTTP/2 preface cut short", Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r")],
    [
      "an HTTP/2 preface followed by noise",
      Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.alloc(64, 0xfe)]),
    ],
  ])("%s is answered with nothing good", async (_name, bytes) => {
    const raw = await openRaw(listener.port);
    raw.send(bytes);
    await sleep(100);
    expect(raw.received()).not.toContain("200 OK");
    raw.socket.destroy();
  });

  test("a preface that comes byte by byte is HTTP/2 all the same", async () => {
    const raw = await openRaw(listener.port);
    const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    for (const byte of Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), emptySettings])) {
      raw.send(Buffer.from([byte]));
      await sleep(1);
    }
    await expect.poll(() => raw.received().length).toBeGreaterThan(9);
    expect(raw.received().charCodeAt(3)).toBe(4);
    raw.socket.destroy();
  });

  test("a POST that begins byte by byte is HTTP/1.1", async () => {
    const raw = await openRaw(listener.port);
    for (const byte of Buffer.from(postHead(unaryPath, "application/proto", "content-length: 0"))) {
      raw.send(Buffer.from([byte]));
    }
    await expect.poll(raw.received).toMatch(/^HTTP\/1\.1 200 /);
    raw.socket.destroy();
  });

  test("pipelined requests are answered in order", async () => {
    const one = postHead(unaryPath, "application/proto", "content-length: 0");
    const raw = await openRaw(listener.port);
    raw.send(one + one + one);
    await expect.poll(() => raw.received().match(/HTTP\/1\.1 200 /g)?.length).toBe(3);
    raw.socket.destroy();
  });
});
