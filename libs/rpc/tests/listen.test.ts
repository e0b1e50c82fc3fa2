import { Agent, request as httpRequest } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { silentLogger } from "@sluice/runtime";
import { expect, test } from "vitest";
import { type ListenOptions, listen, type RequestHandler } from "../src/index.ts";
import { openRaw } from "./tcp.ts";

const hello: RequestHandler = (_request, response) => {
  response.writeHead(200, { "content-type": "text/plain" });
  response.end("hello");
};

function open(options: Partial<ListenOptions> = {}) {
  return listen({ port: 0, handler: hello, logger: silentLogger, ...options });
}

function get(url: string, agent: Agent): Promise<{ body: string; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { agent }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        body += piece;
      });
      response.on("end", () => resolve({ body, connection: response.headers.connection }));
      response.on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}

function getOverHttp2(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(url);
    session.on("error", reject);
    const stream = session.request({ ":path": "/" });
    let body = "";
    stream.setEncoding("utf8");
    stream.on("data", (piece: string) => {
      body += piece;
    });
    stream.on("end", () => {
      session.close();
      resolve(body);
    });
    stream.on("error", reject);
    stream.end();
  });
}

test("one port answers HTTP/1.1, keep-alive included, and h2c", async () => {
  await using listener = await open();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let round = 0; round < 3; round += 1) expect((await get(listener.url, agent)).body).toBe("hello");
  expect(await getOverHttp2(listener.url)).toBe("hello");
  agent.destroy();
});

test("an address that cannot be had rejects", async () => {
  await using listener = await open();
  await expect(open({ port: listener.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("listens on IPv6 where told to", async () => {
  const listener = await open({ host: "::1" }).catch(() => undefined);
  if (listener === undefined) return;
  expect(listener.url).toBe(`http://[::1]:${listener.port}`);
  await listener.close();
});

test("a handler that throws answers 500, and the next request is served", async () => {
  let throws = true;
  await using listener = await open({
    handler: (request, response) => {
      if (throws) throw new Error("broken");
      hello(request, response);
    },
  });
  expect((await fetch(listener.url)).status).toBe(500);
  throws = false;
  expect((await fetch(listener.url)).status).toBe(200);
});

test("closing waits for what runs, tells its client to close, and takes nobody new", async () => {
  const finish = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const listener = await open({
    handler: (request, response) => {
      started.resolve();
      void finish.promise.then(() => hello(request, response));
    },
  });
  const agent = new Agent({ keepAlive: true });
  const running = get(listener.url, agent);
  await started.promise;
  let closed = false;
  const closing = listener.close({ deadlineMs: 5_000 }).then(() => {
    closed = true;
  });
  await expect(get(listener.url, new Agent())).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await sleep(100);
  expect(closed).toBe(false);
  finish.resolve();
  expect(await running).toEqual({ body: "hello", connection: "close" });
  await closing;
  agent.destroy();
});

test("closing closes idle connections, those that have said nothing, and idle HTTP/2 sessions at once", async () => {
  const listener = await open();
  const agent = new Agent({ keepAlive: true });
  await get(listener.url, agent);
  const silent = await openRaw(listener.port);
  const session = connectHttp2(listener.url);
  await new Promise((resolve) => session.once("connect", resolve));
  await sleep(20);
  const started = performance.now();
  await listener.close({ deadlineMs: 5_000 });
  expect(performance.now() - started).toBeLessThan(2_000);
  await silent.closed;
  agent.destroy();
  session.destroy();
});

test("closing lets an HTTP/2 stream end, and opens no other", async () => {
  const finish = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const listener = await open({
    handler: (request, response) => {
      started.resolve();
      void finish.promise.then(() => hello(request, response));
    },
  });
  const session = connectHttp2(listener.url);
  const goaway = new Promise((resolve) => session.once("goaway", resolve));
  const stream = session.request({ ":path": "/" });
  let body = "";
  stream.setEncoding("utf8").on("data", (piece: string) => {
    body += piece;
  });
  const ended = new Promise((resolve) => stream.once("end", resolve));
  stream.end();
  await started.promise;
  const closing = listener.close({ deadlineMs: 5_000 });
  await goaway;
  finish.resolve();
  await ended;
  await closing;
  expect(body).toBe("hello");
});

test("at the deadline what is left is destroyed, and a second close may bring the deadline forward", async () => {
  const listener = await open({ handler: () => {} });
  const running = get(listener.url, new Agent());
  const session = connectHttp2(listener.url);
  session.on("error", () => {});
  session.request({ ":path": "/" }).on("error", () => {});
  await sleep(50);
  const started = performance.now();
  const first = listener.close({ deadlineMs: 60_000 });
  const second = listener.close({ deadlineMs: 100 });
  await expect(running).rejects.toMatchObject({ code: "ECONNRESET" });
  await Promise.all([first, second]);
  expect(performance.now() - started).toBeLessThan(3_000);
});

test("connections over the limit are closed at once", async () => {
  await using listener = await open({ maxConnections: 2 });
  const kept = [await openRaw(listener.port), await openRaw(listener.port)];
  const extra = connect(listener.port, "127.0.0.1");
  extra.on("error", () => {});
  await new Promise((resolve) => extra.once("close", resolve));
  for (const connection of kept) connection.socket.destroy();
});

test("an idle connection is closed after its time, and clients are told of it", async () => {
  await using listener = await open({ keepAliveTimeoutMs: 1_000 });
  const raw = await openRaw(listener.port);
  raw.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
  await expect.poll(raw.received).toContain("hello");
  expect(raw.received()).toMatch(/keep-alive: timeout=1\r\n/i);
  const started = performance.now();
  await raw.closed;
  expect(performance.now() - started).toBeLessThan(4_000);
});
