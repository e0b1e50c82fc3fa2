import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { Role, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorInfoSchema, ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { GatewayService } from "@sluice/api/sluice/gateway/v1/gateway_service";
import type { RequestReport } from "@sluice/api/sluice/gateway/v1/request_record";
import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { weather } from "../_clients.ts";
import { fakeProviders, inputNanos, outputNanos, researchKey, twoTeams } from "../_config.ts";
import { type Sluice, waysToRun } from "../_sluice.ts";

const models = ["openai/fake-echo", "anthropic/fake-echo"] as const;
const poorKey = "test-key-of-poor-0000000001";

const transports: readonly (readonly [string, (baseUrl: string) => Transport])[] = [
  ["connect over HTTP/1.1", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" })],
  ["connect over HTTP/2", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" })],
  ["connect with JSON", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false })],
  ["grpc", (baseUrl) => createGrpcTransport({ baseUrl })],
  ["grpc-web", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
];

describe.each(waysToRun)("the typed API of %s", (_way, start) => {
  let fake: FakeProvider;
  let sluice: Sluice;

  beforeAll(async () => {
    fake = await startFakeProvider();
    sluice = await start({
      config: {
        providers: fakeProviders(fake, ["fake-echo"]),
        routes: [{ name: "zebra", targets: models.map((model) => ({ model })) }],
        teams: [...twoTeams.teams, { name: "poor", models: ["zebra", "openai/fake-echo"] }],
        keys: [...twoTeams.keys, { name: "poor", team: "poor", secret: poorKey }],
        budgets: [{ name: "pocket-money", scope: { team: "poor" }, limit_usd: "0.000001", window: "day" }],
      },
    });
  });
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
  });

  describe.each(transports)("a stock client over %s", (_name, makeTransport) => {
    const gateway = () => createClient(GatewayService, makeTransport(sluice.url));
    const as = (secret: string) => ({ headers: { authorization: `Bearer ${secret}` }, timeoutMs: 20_000 });
    const say = (model: string, text: string) => ({
      model,
      messages: [{ role: Role.USER, parts: [{ kind: { case: "text" as const, value: { text } } }] }],
    });

    test.each(models)("%s: a whole answer, with what Sluice says of it", async (model) => {
      const { chat, report } = await gateway().complete({ chat: say(model, "Grüß Gott 👋") }, as(researchKey));
      const [candidate] = chat?.candidates ?? [];
      expect(candidate?.parts.map((part) => part.kind)).toMatchObject([
        { case: "text", value: { text: "Grüß Gott 👋" } },
      ]);
      expect(candidate?.finish?.reason).toBe(FinishReason.STOP);
      expect(report).toMatchObject({ model, attempts: 1 });
      await expectBooked(report);
    });

    test.each(models)("%s: a stream whose parts begin and end, with the report last", async (model) => {
      const { events, report } = await collect(gateway().stream({ chat: say(model, "Ships at sea") }, as(researchKey)));
      const names = events.map((event) => event.event.case);
      expect(names[0]).toBe("responseStart");
      expect(names.filter((name) => name === "textStart")).toHaveLength(1);
      expect(names.filter((name) => name === "textEnd")).toHaveLength(1);
      expect(names.at(-1)).toBe("finish");
      const text = events.map(({ event }) => (event.case === "textDelta" ? event.value.text : "")).join("");
      expect(text).toBe("Ships at sea");
      expect(report).toMatchObject({ model, attempts: 1 });
      await expectBooked(report);
    });

    test.each(models)("%s: a tool's call and its result", async (model) => {
      const tools = [
        {
          kind: {
            case: "function" as const,
            value: { name: weather.name, parametersJsonSchema: JSON.stringify(weather.schema) },
          },
        },
      ];
      const question = say(model, 'get_weather {"city":"Oslo"}');
      const first = await gateway().complete({ chat: { ...question, tools } }, as(researchKey));
      const [candidate] = first.chat?.candidates ?? [];
      const call = candidate?.parts.find((part) => part.kind.case === "toolCall")?.kind;
      if (call?.case !== "toolCall") throw new Error("expected a call of a tool");
      expect(call.value).toMatchObject({ tool: weather.name, toolKind: ToolCallKind.UNSPECIFIED });
      expect(JSON.parse(call.value.arguments)).toEqual({ city: "Oslo" });
      expect(candidate?.finish?.reason).toBe(FinishReason.TOOL_CALLS);
      const result = {
        toolCallId: call.value.id,
        content: [{ kind: { case: "text" as const, value: { text: "snow" } } }],
      };
      const messages = [
        ...question.messages,
        { role: Role.ASSISTANT, parts: candidate?.parts ?? [] },
        { role: Role.TOOL, parts: [{ kind: { case: "toolResult" as const, value: result } }] },
      ];
      const second = await gateway().complete({ chat: { model, messages, tools } }, as(researchKey));
      expect(second.chat?.candidates[0]?.parts[0]?.kind).toMatchObject({ case: "text", value: { text: "snow" } });
    });

    test("refusals have a code, a reason, and whose fault it is", async () => {
      const chat = say(models[0], "Hello");
      const { complete, stream } = gateway();
      for (const ask of [
        (body: ReturnType<typeof say>, secret: string) => complete({ chat: body }, as(secret)),
        (body: ReturnType<typeof say>, secret: string) => collect(stream({ chat: body }, as(secret))),
      ]) {
        expect(await refusal(ask(chat, "nobody"))).toMatchObject({
          code: Code.Unauthenticated,
          info: { reason: ErrorReason.KEY_UNKNOWN, fault: Fault.CALLER },
        });
        expect(await refusal(ask(say("nothing", "Hello"), researchKey))).toMatchObject({
          code: Code.NotFound,
          info: { reason: ErrorReason.MODEL_NOT_FOUND, metadata: { parameter: "model" } },
        });
        expect(await refusal(ask(say(models[1], "Hello"), poorKey))).toMatchObject({
          code: Code.PermissionDenied,
          info: { reason: ErrorReason.MODEL_NOT_ALLOWED },
        });
        expect(await refusal(ask(chat, poorKey))).toMatchObject({
          code: Code.ResourceExhausted,
          info: {
            reason: ErrorReason.BUDGET_EXHAUSTED,
            metadata: { budget: "pocket-money", limit_usd: "0.000001", reset_time: expect.stringMatching(/T00:00:00/) },
          },
        });
        expect(await refusal(ask({ model: "", messages: [] }, researchKey))).toMatchObject({
          code: Code.InvalidArgument,
        });
      }
    });

    test("a stream that the provider breaks ends with an error, after what had come", async () => {
      fake.script({
        match: { model: "fake-echo" },
        reply: { tokens: 40 },
        fault: { name: "close-mid-stream", afterEvents: 6 },
        pace: { eventDelayMs: 2 },
      });
      const seen: (string | undefined)[] = [];
      const broken = (async () => {
        for await (const { piece } of gateway().stream({ chat: say(models[0], "Hello") }, as(researchKey))) {
          seen.push(piece.case === "event" ? piece.value.event.case : piece.case);
        }
      })();
      expect(await refusal(broken)).toMatchObject({
        info: { fault: Fault.UPSTREAM, metadata: { provider: "openai" } },
      });
      expect(seen).toContain("textDelta");
      expect(seen).not.toContain("finish");
      expect(seen).not.toContain("report");
    });

    test("what may be called is listed by name, page by page", async () => {
      const names: string[] = [];
      for (let pageToken = ""; ; ) {
        const page = await gateway().listModels({ pageSize: 40, pageToken }, as(researchKey));
        names.push(...page.models.map((model) => model.name));
        pageToken = page.nextPageToken;
        if (pageToken === "") break;
      }
      expect(names).toEqual([...new Set(names)].sort());
      expect(names).toEqual(expect.arrayContaining([...models, "zebra", "simulator/echo"]));
      const { models: few } = await gateway().listModels({}, as(poorKey));
      expect(few.map((model) => [model.name, model.route, model.deployments.length])).toEqual([
        ["openai/fake-echo", false, 1],
        ["zebra", true, 2],
      ]);
    });
  });

  async function expectBooked(report: RequestReport | undefined): Promise<void> {
    const [entry] = await sluice.ledgerOf(report?.requestId ?? "");
    const { usage, cost, dialect } = entry?.event ?? {};
    expect(dialect).toBe("sluice.chat");
    expect(cost?.usdNanos).toBe(
      BigInt(usage?.inputTokens ?? 0) * inputNanos + BigInt(usage?.outputTokens ?? 0) * outputNanos,
    );
    expect(report?.cost?.usdNanos).toBe(cost?.usdNanos);
  }

  describe.each(["connect", "grpc", "grpcweb"])("buf curl over %s, with no schema at hand", (protocol) => {
    const call = (method: string, data: unknown, headers: readonly string[] = []) =>
      bufCurl([
        "--protocol",
        protocol,
        "--http2-prior-knowledge",
        ...headers.flatMap((header) => ["-H", header]),
        "-d",
        JSON.stringify(data),
        `${sluice.url}/${method}`,
      ]);
    const chat = {
      model: "openai/fake-echo",
      messages: [{ role: "ROLE_USER", parts: [{ text: { text: "Hello, Sluice" } }] }],
    };
    const key = [`authorization: Bearer ${researchKey}`];

    test("unary", async () => {
      const [answer] = await call("sluice.gateway.v1.GatewayService/Complete", { chat }, key);
      expect(answer).toMatchObject({
        chat: { candidates: [{ parts: [{ text: { text: "Hello, Sluice" } }] }] },
        report: { model: "openai/fake-echo", attempts: 1 },
      });
    });

    test("streaming", async () => {
      const pieces = await call("sluice.gateway.v1.GatewayService/Stream", { chat }, key);
      expect(pieces[0]).toHaveProperty("event.responseStart");
      expect(pieces.at(-2)).toHaveProperty("event.finish");
      expect(pieces.at(-1)).toHaveProperty("report.cost");
    });

    test("an error", async () => {
      await expect(call("sluice.gateway.v1.GatewayService/Complete", { chat })).rejects.toThrow(/unauthenticated/);
    });

    test("health", async () => {
      const check = "grpc.health.v1.Health/Check";
      expect(await call(check, {})).toEqual([{ status: "SERVING" }]);
      expect(await call(check, { service: "sluice.gateway.v1.GatewayService" })).toEqual([{ status: "SERVING" }]);
      await expect(call(check, { service: "nobody" })).rejects.toThrow(/not_found/);
    });
  });

  test("reflection tells what is served", async () => {
    const services = await buf(["curl", "--http2-prior-knowledge", "--list-services", sluice.url]);
    expect(services.trim().split("\n")).toEqual(
      expect.arrayContaining(["grpc.health.v1.Health", "sluice.gateway.v1.GatewayService"]),
    );
    const methods = await buf(["curl", "--http2-prior-knowledge", "--list-methods", sluice.url]);
    expect(methods).toContain("sluice.gateway.v1.GatewayService/Stream");
  });
});

async function collect(stream: AsyncIterable<{ piece: { case?: string | undefined; value?: unknown } }>) {
  const events: StreamEvent[] = [];
  let report: RequestReport | undefined;
  for await (const { piece } of stream) {
    expect(report).toBeUndefined();
    if (piece.case === "event") events.push(piece.value as StreamEvent);
    if (piece.case === "report") report = piece.value as RequestReport;
  }
  return { events, report };
}

async function refusal(call: Promise<unknown>) {
  const error = await call.then(
    () => {
      throw new Error("expected a refusal");
    },
    (thrown: unknown) => ConnectError.from(thrown),
  );
  return { code: error.code, message: error.rawMessage, info: error.findDetails(ErrorInfoSchema)[0] };
}

const repository = fileURLToPath(new URL("../../", import.meta.url));

function buf(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: repository, timeout: 30_000, maxBuffer: 16 * 1024 * 1024 };
    execFile(`${repository}node_modules/.bin/buf`, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${stdout}\n${stderr}`, { cause: error }));
    });
  });
}

/** The messages that came, in order: buf prints one JSON value after the other. */
async function bufCurl(args: readonly string[]): Promise<Record<string, unknown>[]> {
  const text = await buf(["curl", ...args]);
  return text
    .split(/(?<=^\})\n/m)
    .filter((message) => message.trim() !== "")
    .map((message) => JSON.parse(message) as Record<string, unknown>);
}
