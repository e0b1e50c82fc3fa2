import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "@sluice/testing/otlp-receiver";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fakeProviders, researchKey, twoTeams } from "./_config.ts";
import { anthropicDoor, knock, openaiDoor } from "./_dialects.ts";
import { type Sluice, startMeshSluice, startStandalone } from "./_sluice.ts";

const prompt = "a prompt that no trace may hold";
const services = ["billing", "cache", "policy", "provider-adapter", "router"].map((name) => `sluice-${name}`);
const traceId = (digit: string) => digit.repeat(32);
const clientSpan = "00f067aa0ba902b7";

describe("a request's trace through the mesh", () => {
  let fake: FakeProvider;
  let collector: OtlpReceiver;
  let sluice: Sluice;

  beforeAll(async () => {
    [fake, collector] = await Promise.all([startFakeProvider(), startOtlpReceiver()]);
    sluice = await startMeshSluice({
      config: {
        providers: fakeProviders(fake, ["fake-echo"]),
        ...twoTeams,
        budgets: [
          { name: "research", scope: { team: "research" }, limit_usd: "10", window: "day" },
          { name: "by-user", scope: { user: "*" }, limit_usd: "10", window: "day" },
        ],
        cache: { exact: { ttl: "1h" } },
      },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_BSP_SCHEDULE_DELAY: "50" },
    });
  });
  beforeEach(() => {
    collector.clear();
    fake.reset();
  });
  afterAll(async () => {
    await sluice?.stop();
    await Promise.all([fake?.close(), collector?.close()]);
  });

  const of = (id: string) => collector.spans.filter((span) => span.traceId === id);
  const named = (spans: readonly ReceivedSpan[], pattern: RegExp) => spans.filter((span) => pattern.test(span.name));

  /** Waits until billing's span, which comes last, is there. */
  async function whole(id: string): Promise<readonly ReceivedSpan[]> {
    await collector.waitFor((spans) => {
      const seen = new Set(spans.filter((span) => span.traceId === id).map((span) => span.serviceName));
      return services.every((service) => seen.has(service));
    }, 15_000);
    return of(id);
  }

  test.each([
    ["a whole answer", openaiDoor, "openai/fake-echo", false, "1"],
    ["a stream", openaiDoor, "openai/fake-echo", true, "2"],
    ["a translated answer", anthropicDoor, "openai/fake-echo", false, "3"],
    ["a translated stream", openaiDoor, "anthropic/fake-echo", true, "4"],
  ] as const)(
    "%s: one tree over all five services, from the client's span",
    async (_what, door, model, stream, digit) => {
      const id = traceId(digit);
      const messages = [{ role: "user", content: `${prompt} ${digit}` }];
      const answer = await knock(sluice, door, researchKey, door.body(model, { stream, messages }), {
        // A user of its own: the first request under a budget asks policy for a lease.
        headers: { traceparent: `00-${id}-${clientSpan}-01`, "x-sluice-user": `user-${digit}` },
      });
      expect(answer.status).toBe(200);
      const spans = await whole(id);

      const byId = new Map(spans.map((span) => [span.spanId, span]));
      expect(byId.size).toBe(spans.length);
      const roots = spans.filter((span) => !byId.has(span.parentSpanId ?? ""));
      expect(roots.map((span) => [span.serviceName, span.name, span.kind, span.parentSpanId])).toEqual([
        ["sluice-router", `POST ${door.path}`, "server", clientSpan],
      ]);
      expect(roots[0]?.attributes).toMatchObject({
        "http.route": door.path,
        "http.response.status_code": 200,
        "sluice.request.id": answer.headers["x-sluice-request-id"],
      });

      const upstream = spans.filter((span) => span.attributes["gen_ai.operation.name"] === "chat");
      expect(upstream).toHaveLength(1);
      expect(upstream[0]).toMatchObject({ serviceName: "sluice-provider-adapter", kind: "client" });
      expect(upstream[0]?.name).toMatch(/^chat .*fake-echo$/);
      expect(upstream[0]?.attributes).toMatchObject({
        "gen_ai.provider.name": model.split("/")[0],
        "gen_ai.request.model": expect.stringContaining("fake-echo"),
        "gen_ai.response.model": "fake-echo",
        "gen_ai.response.id": expect.stringMatching(/./),
        "gen_ai.usage.input_tokens": expect.any(Number),
        "gen_ai.usage.output_tokens": expect.any(Number),
        "http.response.status_code": 200,
      });
      expect(fake.requests[0]?.headers["traceparent"], "no trace leaves the house").toBeUndefined();

      const [publish, ...others] = named(spans, /publish usage\.v1\.recorded/);
      expect(others).toEqual([]);
      expect(publish).toMatchObject({ serviceName: "sluice-router", kind: "producer" });
      const consumed = spans.filter((span) => span.serviceName === "sluice-billing");
      expect(consumed.length).toBeGreaterThan(0);
      for (const span of consumed) expect(pathOf(span, byId)).toContain(publish?.spanId);

      for (const [service, method] of [
        ["policy", /AcquireLeases/],
        ["cache", /Lookup/],
        ["provider-adapter", stream ? /Stream/ : /Complete/],
      ] as const) {
        const [server] = named(spans, method).filter((span) => span.serviceName === `sluice-${service}`);
        expect(server, `${service} ${method}`).toMatchObject({ kind: "server" });
        const client = byId.get(server?.parentSpanId ?? "");
        expect(client).toMatchObject({ serviceName: "sluice-router", kind: "client" });
      }

      for (const span of spans) {
        expect(span.endTimeUnixNanos).toBeGreaterThanOrEqual(span.startTimeUnixNanos);
        expect(span.status.code, span.name).not.toBe("error");
        const told = JSON.stringify([span.name, span.attributes, span.events, span.status]);
        for (const secret of [prompt, researchKey, "sk-upstream"]) expect(told).not.toContain(secret);
      }
    },
  );

  test("each attempt of a request that fails has its span, marked as an error, and so has the request", async () => {
    const id = traceId("5");
    fake.script({ match: { model: "fake-echo" }, fault: "server-error", times: "always" });
    const answer = await knock(sluice, openaiDoor, researchKey, openaiDoor.body("openai/fake-echo"), {
      headers: { traceparent: `00-${id}-${clientSpan}-01`, "x-sluice-user": "user-5" },
    });
    expect(answer.status).toBe(502);
    const spans = await whole(id);
    const upstream = spans.filter((span) => span.attributes["gen_ai.operation.name"] === "chat");
    expect(upstream.map((span) => [span.status.code, span.attributes["error.type"]])).toEqual([
      ["error", "upstream_server_error"],
      ["error", "upstream_server_error"],
    ]);
    const root = spans.find((span) => span.parentSpanId === clientSpan);
    expect(root?.status.code).toBe("error");
    expect(root?.attributes).toMatchObject({
      "error.type": "upstream_server_error",
      "http.response.status_code": 502,
    });
    expect(named(spans, /publish usage\.v1\.recorded/)).toHaveLength(2);
  });

  test("a client that does not sample is not sampled", async () => {
    const unwanted = traceId("6");
    const wanted = traceId("7");
    for (const [id, flags] of [
      [unwanted, "00"],
      [wanted, "01"],
    ]) {
      const messages = [{ role: "user", content: `Sampled ${flags}` }];
      await knock(sluice, openaiDoor, researchKey, openaiDoor.body("openai/fake-echo", { messages }), {
        headers: { traceparent: `00-${id}-${clientSpan}-${flags}`, "x-sluice-user": `user-${id?.[0]}` },
      });
    }
    await whole(wanted);
    expect(of(unwanted)).toEqual([]);
  });

  test.each(["rubbish", "00-0-0-01", `00-${"0".repeat(32)}-${clientSpan}-01`, "ff-x"])(
    "a traceparent that is none (%s) is answered all the same",
    async (traceparent) => {
      const answer = await knock(sluice, openaiDoor, researchKey, openaiDoor.body("openai/fake-echo"), {
        headers: { traceparent },
      });
      expect(answer.status).toBe(200);
    },
  );
});

test("in one process the trace is one tree too", async () => {
  await using fake = await startFakeProvider();
  await using collector = await startOtlpReceiver();
  await using sluice = await startStandalone({
    config: { providers: fakeProviders(fake, ["fake-echo"]), ...twoTeams },
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_BSP_SCHEDULE_DELAY: "50" },
  });
  const id = traceId("8");
  await knock(sluice, openaiDoor, researchKey, openaiDoor.body("openai/fake-echo"), {
    headers: { traceparent: `00-${id}-${clientSpan}-01` },
  });
  const spans = await collector.waitFor(
    (all) => all.some((span) => /publish/.test(span.name)) && all.some((span) => span.parentSpanId === clientSpan),
    15_000,
  );
  const byId = new Map(spans.filter((span) => span.traceId === id).map((span) => [span.spanId, span]));
  const roots = [...byId.values()].filter((span) => !byId.has(span.parentSpanId ?? ""));
  expect(roots.map((span) => span.parentSpanId)).toEqual([clientSpan]);
  expect([...byId.values()].filter((span) => span.attributes["gen_ai.operation.name"] === "chat")).toHaveLength(1);
});

/** The span and all above it. */
function pathOf(span: ReceivedSpan, byId: ReadonlyMap<string, ReceivedSpan>): readonly (string | undefined)[] {
  const path: string[] = [];
  for (let at: ReceivedSpan | undefined = span; at !== undefined; at = byId.get(at.parentSpanId ?? "")) {
    path.push(at.spanId);
  }
  return path;
}
