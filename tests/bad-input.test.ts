import { connect } from "node:net";
import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import { AuthenticationError, NotFoundError, RateLimitError } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anthropicClient, openaiClient } from "./_clients.ts";
import { fakeProviders, researchKey, twoTeams } from "./_config.ts";
import { anthropicDoor, type DoorUnderTest, doors, knock, openaiDoor } from "./_dialects.ts";
import { type RawAnswer, send } from "./_http.ts";
import { eventually, type Sluice, waysToRun } from "./_sluice.ts";

const model = "openai/fake-echo";
const narrowKey = "test-key-of-narrow-00000001";
const poorKey = "test-key-of-poor-0000000001";
const taggedKey = "test-key-with-a-tag-0000001";
const expiredKey = "test-key-of-the-past-000001";
const maxBodyBytes = 256 * 1024;

describe.each(waysToRun)("what callers get wrong, at %s", (_way, start) => {
  let fake: FakeProvider;
  let sluice: Sluice;

  beforeAll(async () => {
    fake = await startFakeProvider();
    sluice = await start({
      config: {
        providers: fakeProviders(fake, ["fake-echo"]),
        routes: [{ name: "chat", targets: [{ model: "anthropic/fake-echo" }] }],
        teams: [...twoTeams.teams, { name: "narrow", models: ["anthropic/*"] }, { name: "poor", models: ["*"] }],
        keys: [
          ...twoTeams.keys,
          { name: "narrow", team: "narrow", secret: narrowKey },
          { name: "poor", team: "poor", secret: poorKey },
          { name: "tagged", team: "research", secret: taggedKey, tags: { app: "notes" } },
          { name: "past", team: "research", secret: expiredKey, expires: "2020-01-01" },
        ],
        budgets: [
          { name: "pocket-money", scope: { team: "poor" }, limit_usd: "0.000001", window: "day" },
          { name: "notes", scope: { tag: "app=notes" }, limit_usd: "0.000001", window: "day" },
        ],
      },
      env: { SLUICE_MAX_BODY_BYTES: String(maxBodyBytes) },
    });
  });
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
  });

  function expectRefusal(door: DoorUnderTest, answer: RawAnswer, status: number, says: RegExp): void {
    expect(answer.status, answer.text).toBe(status);
    expect(answer.headers["content-type"]).toBe("application/json");
    const error = door.readError(answer.json());
    expect(error.type).toBe(door.types[status]);
    expect(error.message).toMatch(says);
    expect(answer.headers["x-sluice-request-id"]).toMatch(/^req_/);
    expect(answer.headers["x-sluice-attempts"]).toBe("0");
    for (const secret of [researchKey, poorKey, narrowKey, "sk-upstream"]) expect(answer.text).not.toContain(secret);
  }

  describe.each(doors)("$name", (door) => {
    const ask = (body: unknown, secret = researchKey, headers: Record<string, string> = {}) =>
      knock(sluice, door, secret, body, { headers });

    test("no key, a wrong one, an expired one: 401", async () => {
      const none = await send(`${sluice.url}${door.path}`, { body: door.body(model) });
      expectRefusal(door, none, 401, /no key in the request/);
      expectRefusal(door, await ask(door.body(model), `${researchKey}x`), 401, /not known/);
      expectRefusal(door, await ask(door.body(model), expiredKey), 401, /expired at 2020-01-01/);
      const admin = await ask(door.body(model), sluice.adminToken);
      expectRefusal(door, admin, 401, /not known/);
    });

    test.each([
      ["nothing", ""],
      ["half an object", '{"model": "x'],
      ["a trailing comma", '{"model": "x",}'],
      ["prose", "model=x"],
      ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00])],
    ])("a body that is %s: 400", async (_what, body) => {
      expectRefusal(door, await ask(body), 400, /not JSON/);
    });

    test.each([
      ["null", "null"],
      ["an array", "[]"],
      ["a text", '"hello"'],
      ["a number", "17"],
    ])("a body that is %s: 400", async (_what, body) => {
      expectRefusal(door, await ask(body), 400, /not a JSON object/);
    });

    test.each<[string, Record<string, unknown>]>([
      ["model", { model: 17 }],
      ["model", { model: "" }],
      ["messages", { messages: "Hello" }],
      ["messages", { messages: [] }],
      ["messages", { messages: [null] }],
      ["messages", { messages: [{ role: "user", content: 5 }] }],
      ["messages", { messages: [{ role: "wizard", content: "Hello" }] }],
      ["stream", { stream: "yes" }],
      ["temperature", { temperature: "hot" }],
      ["max_tokens", { max_tokens: "many" }],
      ["max_tokens", { max_tokens: -1 }],
      ["tools", { tools: {} }],
    ])("a wrong %s: 400 that names it (%j)", async (field, more) => {
      const answer = await ask(door.body(model, more));
      expectRefusal(door, answer, 400, /./);
      expect(answer.json().error.param ?? answer.json().error.message).toContain(field);
    });

    test("a request nested without end: 400", async () => {
      const depth = 20_000;
      const nested = `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
      const body = JSON.stringify(door.body(model)).replace(/}$/, `,"extra":${nested}}`);
      expectRefusal(door, await ask(body), 400, /nested deeper/);
    });

    test("an unknown model, route or provider: 404, however it is written", async () => {
      for (const name of ["nothing", "openai/nothing", "nobody/fake-echo", "openai/", "/", "__proto__", "chat\0"]) {
        expectRefusal(door, await ask(door.body(name)), 404, /no route or model is named/);
      }
      const long = await ask(door.body("x".repeat(100_000)));
      expectRefusal(door, long, 404, /no route or model/);
      expect(long.text.length).toBeLessThan(1_000);
    });

    test("a model that the team may not call: 403", async () => {
      expectRefusal(door, await ask(door.body(model), narrowKey), 403, /team narrow may not call `openai\/fake-echo`/);
      expectRefusal(door, await ask(door.body("chat"), narrowKey), 403, /may not call `chat`/);
    });

    test("an exhausted budget: 429 that names budget, limit and reset, and says when to come again", async () => {
      const answer = await ask(door.body(model), poorKey);
      expectRefusal(door, answer, 429, /budget pocket-money/);
      expect(answer.text).toMatch(/limit 0\.000001 USD/);
      const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
      expect(answer.text).toContain(`resets ${tomorrow}T00:00:00.000Z`);
      const seconds = Number(answer.headers["retry-after"]);
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(86_400);
    });

    test("a budget on a key's own tag, which no header takes off: 429", async () => {
      expectRefusal(door, await ask(door.body(model), taggedKey), 429, /budget notes/);
      const renamed = await ask(door.body(model), taggedKey, { "x-sluice-tags": "app=other" });
      expectRefusal(door, renamed, 429, /budget notes/);
    });

    test("an unreadable x-sluice header: 400", async () => {
      expectRefusal(
        door,
        await ask(door.body(model), researchKey, { "x-sluice-cache": "maybe" }),
        400,
        /x-sluice-cache/,
      );
      expectRefusal(door, await ask(door.body(model), researchKey, { "x-sluice-tags": "a b" }), 400, /x-sluice-tags/);
    });

    test("an end user that no budget could hold: 400", async () => {
      const user = (name: string) => (door === openaiDoor ? { user: name } : { metadata: { user_id: name } });
      expectRefusal(door, await ask(door.body(model, user("a\0b"))), 400, /end user/);
      expectRefusal(door, await ask(door.body(model, user("a".repeat(600)))), 400, /end user/);
    });

    test("a body that is too large, announced or not: 413 that the caller gets to read", async () => {
      const large = door.body(model, { messages: [{ role: "user", content: "x".repeat(4 * 1024 * 1024) }] });
      expectRefusal(door, await ask(large), 413, /larger than 262144 bytes/);
      const chunked = await sendChunked(`${sluice.url}${door.path}`, door.headers(researchKey), 4 * 1024 * 1024);
      expectRefusal(door, chunked, 413, /larger than 262144 bytes/);
    });

    test("another method: 405 that says which", async () => {
      for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
        const answer = await send(`${sluice.url}${door.path}`, { method, headers: door.headers(researchKey) });
        expectRefusal(door, answer, 405, new RegExp(`takes POST, not ${method}`));
        expect(answer.headers["allow"]).toBe("POST");
      }
    });
  });

  test("paths that nobody serves: 404 as JSON, in the words of the nearest dialect", async () => {
    for (const path of ["/", "/v1", "/v1/chat", "/v1/chat/completions/", "/v1/fine_tuning/jobs", "/admin", "/%00"]) {
      expectRefusal(openaiDoor, await send(`${sluice.url}${path}`, {}), 404, /nothing is served at POST/);
    }
    const batches = await send(`${sluice.url}/v1/messages/batches`, { body: {} });
    expectRefusal(anthropicDoor, batches, 404, /nothing is served at POST/);
    const models = await send(`${sluice.url}/v1/models`, { method: "POST", body: {} });
    expectRefusal(openaiDoor, models, 405, /takes GET, not POST/);
    expect(models.headers["allow"]).toBe("GET");
  });

  test("models are listed to no stranger", async () => {
    const openai = await send(`${sluice.url}/v1/models`, { method: "GET" });
    expectRefusal(openaiDoor, openai, 401, /no key/);
    const headers = anthropicDoor.headers("nobody");
    expectRefusal(anthropicDoor, await send(`${sluice.url}/v1/models`, { method: "GET", headers }), 401, /not known/);
  });

  test("SDKs throw their own classes", async () => {
    const body = { model, messages: [{ role: "user" as const, content: "Hello" }] };
    await expect(openaiClient(sluice, "nobody").chat.completions.create(body)).rejects.toThrow(AuthenticationError);
    const openai = openaiClient(sluice, researchKey);
    await expect(openai.chat.completions.create({ ...body, model: "nothing" })).rejects.toThrow(NotFoundError);
    await expect(openaiClient(sluice, poorKey).chat.completions.create(body)).rejects.toThrow(RateLimitError);
    const message = { ...body, max_tokens: 10 };
    await expect(anthropicClient(sluice, "nobody").messages.create(message)).rejects.toMatchObject({
      status: 401,
      error: { type: "error", error: { type: "authentication_error" } },
    });
  });

  test("a key that is revoked is refused within a second", async () => {
    const made = await sluice.governance.createVirtualKey({ virtualKeyId: "short-lived", team: "teams/research" });
    await eventually(
      () => knock(sluice, openaiDoor, made.secret, openaiDoor.body(model, { max_tokens: 1 })),
      (answer) => answer.status === 200,
      { timeoutMs: 1_000, what: "a new key" },
    );
    await sluice.governance.revokeVirtualKey({ name: "virtualKeys/short-lived" });
    const refused = await eventually(
      () => knock(sluice, openaiDoor, made.secret, openaiDoor.body(model)),
      (answer) => answer.status !== 200,
      { timeoutMs: 1_000, what: "a revoked key" },
    );
    expectRefusal(openaiDoor, refused, 401, /was revoked/);
  });

  test.each([
    ["prose", Buffer.from("Hello, who is there?\r\n\r\n")],
    ["a TLS greeting", Buffer.from("16030100c8010000c40303", "hex")],
    ["zeros", Buffer.alloc(4_096)],
    ["half of HTTP/2", Buffer.from("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\nrubbish")],
    ["endless headers", Buffer.from(`GET / HTTP/1.1\r\nx: ${"y".repeat(200_000)}\r\n\r\n`)],
    ["two lengths", Buffer.from("POST /v1/models HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab")],
  ])("%s on the port harms nobody else", async (_what, bytes) => {
    await throwAt(sluice.url, bytes);
    const answer = await send(`${sluice.url}/healthz`, { method: "GET" });
    expect(answer.status).toBe(200);
  });

  test("of all this nothing reached a provider, and nothing was spent", async () => {
    fake.reset();
    const answer = await knock(sluice, openaiDoor, researchKey, openaiDoor.body(model), {
      headers: { "x-sluice-tags": "purpose=last" },
    });
    const [last] = await sluice.ledgerOf(String(answer.headers["x-sluice-request-id"]));
    const { rows } = await sluice.billing.querySpend({ team: "poor" });
    expect(rows[0]?.attempts ?? 0n).toBe(0n);
    const { entries } = await sluice.billing.listLedgerEntries({ pageSize: 1_000 });
    const others = entries.filter((entry) => entry.event?.key !== "short-lived");
    expect(others.map((entry) => entry.event?.requestId)).toEqual([last?.event?.requestId]);
    const { budgets } = await sluice.governance.listBudgets({});
    expect(budgets).toHaveLength(2);
    for (const { committed, leased } of budgets) {
      expect([committed?.usdNanos ?? 0n, leased?.usdNanos ?? 0n]).toEqual([0n, 0n]);
    }
  });
});

/** A body whose length is not announced, written until the server has had enough. */
async function sendChunked(url: string, headers: Record<string, string>, bytes: number): Promise<RawAnswer> {
  const piece = Buffer.alloc(64 * 1024, "x");
  async function* body() {
    for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
  }
  const response = await fetch(url, {
    method: "POST",
    headers,
    body: body() as unknown as ReadableStream,
    duplex: "half",
  } as RequestInit);
  const text = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    trailers: {},
    body: Buffer.from(text),
    text,
    json: () => JSON.parse(text),
  };
}

/** Writes bytes to the port and waits until the server closes, or for a moment. */
function throwAt(url: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(bytes));
    const timer = setTimeout(() => socket.destroy(), 300);
    socket.on("data", () => undefined);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
