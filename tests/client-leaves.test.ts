import { readFileSync } from "node:fs";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { Role } from "@sluice/api/sluice/chat/v1/content";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { GatewayService } from "@sluice/api/sluice/gateway/v1/gateway_service";
import { Outcome, UsageSource } from "@sluice/api/sluice/usage/v1/usage_event";
import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fakeProviders, inputNanos, outputNanos, researchKey, twoTeams } from "./_config.ts";
import { anthropicDoor, type DoorUnderTest, doors, openaiDoor } from "./_dialects.ts";
import { eventually, type Sluice, waysToRun } from "./_sluice.ts";

const models = ["openai/fake-echo", "anthropic/fake-echo"] as const;
/** How soon the provider must see that nobody wants its answer any more. */
const atOnceMs = 250;
const answerTokens = 400;

describe.each(waysToRun)("clients that leave %s, or read slowly", (_way, start) => {
  let fake: FakeProvider;
  let sluice: Sluice;

  beforeAll(async () => {
    fake = await startFakeProvider();
    sluice = await start({
      config: {
        providers: fakeProviders(fake, ["fake-echo"]),
        ...twoTeams,
        budgets: [{ name: "everything", limit_usd: "1000", window: "day" }],
      },
    });
  });
  beforeEach(() => fake.reset());
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
  });

  const slowAnswer = { reply: { tokens: answerTokens }, pace: { eventDelayMs: 20, headersDelayMs: 20 } };

  async function expectLeft(leftMs: number): Promise<void> {
    const left = await fake.waitForRequest((request) => request.outcome.state === "client-left");
    if (left.outcome.state !== "client-left") throw new Error("expected that the client left");
    expect(left.outcome.atMs - leftMs).toBeLessThan(atOnceMs);
    expect(fake.stats.inFlight).toBe(0);
    expect(fake.stats.received).toBe(1);
  }

  /** The only entry of the ledger that is not known yet. */
  const known = new Set<string>();
  async function newEntry() {
    const { entries } = await eventually(
      () => sluice.billing.listLedgerEntries({ pageSize: 1_000 }),
      (answer) => answer.entries.some((entry) => !known.has(entry.event?.attemptId ?? "")),
      { what: "a new entry of the ledger" },
    );
    const fresh = entries.filter((entry) => !known.has(entry.event?.attemptId ?? ""));
    for (const entry of fresh) known.add(entry.event?.attemptId ?? "");
    expect(fresh).toHaveLength(1);
    return fresh[0]?.event;
  }

  async function expectCharged(): Promise<void> {
    const event = await newEntry();
    expect(event).toMatchObject({ outcome: Outcome.CANCELLED, errorReason: ErrorReason.CALLER_GONE });
    const { inputTokens = 0, outputTokens = 0 } = event?.usage ?? {};
    expect(inputTokens).toBeGreaterThan(0);
    expect(outputTokens).toBeGreaterThan(0);
    expect(outputTokens).toBeLessThan(answerTokens);
    expect(event?.usageSource).not.toBe(UsageSource.REPORTED);
    expect(event?.cost?.usdNanos).toBe(BigInt(inputTokens) * inputNanos + BigInt(outputTokens) * outputNanos);
  }

  describe.each(doors)("a client of $name", (door) => {
    test.each(models)(
      "leaves a stream of %s: the provider is told at once, and what came is charged",
      async (model) => {
        fake.script(slowAnswer);
        const { request, response } = await open(sluice, door, model, { stream: true });
        await readUntil(response, "lorem");
        const leftMs = now();
        request.destroy();
        await expectLeft(leftMs);
        await expectCharged();
      },
    );

    test.each(models)("leaves before the first byte of a stream of %s", async (model) => {
      fake.script({ pace: { headersDelayMs: 5_000 } });
      const request = post(sluice, door, model, { stream: true });
      await fake.waitForRequest((seen) => seen.model === "fake-echo");
      const leftMs = now();
      request.destroy();
      await expectLeft(leftMs);
      expect(await newEntry()).toMatchObject({ outcome: Outcome.CANCELLED, usage: { outputTokens: 0 } });
    });

    test.each(models)("leaves a whole answer of %s", async (model) => {
      fake.script({ pace: { headersDelayMs: 5_000 } });
      const request = post(sluice, door, model);
      await fake.waitForRequest((seen) => seen.model === "fake-echo");
      const leftMs = now();
      request.destroy();
      await expectLeft(leftMs);
      expect(await newEntry()).toMatchObject({ outcome: Outcome.CANCELLED, errorReason: ErrorReason.CALLER_GONE });
    });

    test("leaves over HTTP/2, where the connection stays", async () => {
      fake.script(slowAnswer);
      const session = connectHttp2(sluice.url);
      const stream = session.request({
        ":method": "POST",
        ":path": door.path,
        "content-type": "application/json",
        ...door.headers(researchKey),
      });
      stream.end(JSON.stringify(door.body(models[0], { stream: true })));
      await readUntil(stream, "lorem");
      const leftMs = now();
      stream.close();
      await expectLeft(leftMs);
      await expectCharged();
      expect(session.destroyed).toBe(false);
      session.close();
    });
  });

  test.each([
    ["connect", createConnectTransport] as const,
    ["grpc", (options: { baseUrl: string }) => createGrpcTransport(options)] as const,
  ])("a typed client leaves over %s", async (_name, makeTransport) => {
    fake.script(slowAnswer);
    const gateway = createClient(GatewayService, makeTransport({ baseUrl: sluice.url, httpVersion: "1.1" }));
    const leaving = new AbortController();
    const chat = {
      model: models[0],
      messages: [{ role: Role.USER, parts: [{ kind: { case: "text" as const, value: { text: "Hello" } } }] }],
    };
    const headers = { authorization: `Bearer ${researchKey}` };
    let leftMs = 0;
    await expect(async () => {
      for await (const { piece } of gateway.stream({ chat }, { headers, signal: leaving.signal })) {
        if (piece.case !== "event" || piece.value.event.case !== "textDelta" || leftMs > 0) continue;
        leftMs = now();
        leaving.abort();
      }
    }).rejects.toThrow();
    await expectLeft(leftMs);
    await expectCharged();
  });

  test("what those who left had held is free again", async () => {
    await eventually(
      async () => {
        const { rows } = await sluice.billing.querySpend({});
        const { budgets } = await sluice.governance.listBudgets({});
        return { spent: rows[0]?.cost?.usdNanos ?? 0n, committed: budgets[0]?.committed?.usdNanos ?? 0n };
      },
      ({ spent, committed }) => spent > 0n && spent === committed,
      { timeoutMs: 15_000, what: "what the ledger and the budget hold" },
    );
  });

  test.each([
    [openaiDoor, models[0]],
    [anthropicDoor, models[0]],
  ] as const)(
    "a client of $name that does not read makes the provider wait, not memory grow (%s)",
    async (door, model) => {
      const megabytes = 96;
      fake.script({ reply: { tokens: (megabytes * 1024 * 1024) / 4 }, pace: { tokensPerEvent: 2_048 } });
      const before = memory(sluice);
      const limit = { max_tokens: 100_000_000 };
      const { response } = await open(sluice, door, model, { stream: true, ...limit });
      response.pause();
      await fake.waitForRequest((request) => request.backPressurePauses > 0, 10_000);
      await sleep(1_500);
      const written = fake.requests[0]?.bytesWritten ?? 0;
      await sleep(500);
      expect(fake.requests[0]?.bytesWritten, "nothing more flows").toBe(written);
      expect(written).toBeLessThan(32 * 1024 * 1024);
      for (const [name, bytes] of memory(sluice)) {
        expect(bytes - (before.get(name) ?? 0), name).toBeLessThan(64 * 1024 * 1024);
      }
      let length = 0;
      let end = "";
      for await (const chunk of response as AsyncIterable<Buffer>) {
        length += chunk.length;
        end = (end + chunk.toString()).slice(-2_000);
      }
      expect(length).toBeGreaterThan(megabytes * 1024 * 1024);
      expect(end).toMatch(door.endOfStream);
    },
  );
});

function post(sluice: Sluice, door: DoorUnderTest, model: string, more: Record<string, unknown> = {}): ClientRequest {
  const request = httpRequest(`${sluice.url}${door.path}`, {
    method: "POST",
    agent: false,
    headers: { "content-type": "application/json", ...door.headers(researchKey) },
  });
  // Leaving is an error to the client itself.
  request.on("error", () => undefined);
  request.end(JSON.stringify(door.body(model, more)));
  return request;
}

function open(sluice: Sluice, door: DoorUnderTest, model: string, more: Record<string, unknown>) {
  const request = post(sluice, door, model, more);
  return new Promise<{ request: ClientRequest; response: IncomingMessage }>((resolve, reject) => {
    request.once("response", (response) => {
      response.on("error", () => undefined);
      if (response.statusCode !== 200) reject(new Error(`the answer's status is ${response.statusCode}`));
      resolve({ request, response });
    });
    request.once("close", () => reject(new Error("the connection closed before the answer began")));
  });
}

function readUntil(stream: NodeJS.ReadableStream, text: string): Promise<void> {
  let read = "";
  return new Promise((resolve, reject) => {
    stream.on("data", (chunk: Buffer) => {
      read += chunk.toString();
      if (read.includes(text)) resolve();
    });
    stream.on("end", () => reject(new Error(`the stream ended without ${text}: ${read.slice(0, 500)}`)));
  });
}

const now = () => performance.timeOrigin + performance.now();

/** Bytes of memory in use, by process. */
function memory(sluice: Sluice): Map<string, number> {
  return new Map(
    Object.entries(sluice.services).map(([name, service]) => {
      const status = readFileSync(`/proc/${service.pid}/status`, "utf8");
      return [name, Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024];
    }),
  );
}
