import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fakeProviders, researchKey, twoTeams } from "../_config.ts";
import { type DoorUnderTest, doors, knock, openaiDoor } from "../_dialects.ts";
import { type Sluice, startStandalone } from "../_sluice.ts";

const model = "openai/fake-echo";
const maxBodyBytes = 64 * 1024;

describe("dialects over HTTP/2 without TLS, on the same port", () => {
  let fake: FakeProvider;
  let sluice: Sluice;
  let session: ClientHttp2Session;

  beforeAll(async () => {
    fake = await startFakeProvider();
    sluice = await startStandalone({
      config: { providers: fakeProviders(fake, ["fake-echo"]), ...twoTeams },
      env: { SLUICE_MAX_BODY_BYTES: String(maxBodyBytes) },
    });
    session = connect(sluice.url);
  });
  afterAll(async () => {
    session?.close();
    await sluice?.stop();
    await fake?.close();
  });

  type Answer = { headers: IncomingHttpHeaders; trailers: IncomingHttpHeaders; text: string };

  function ask(path: string, headers: Record<string, string>, body?: unknown, method = "POST"): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const stream = session.request({
        ":method": method,
        ":path": path,
        "content-type": "application/json",
        ...headers,
      });
      const answer: Answer = { headers: {}, trailers: {}, text: "" };
      stream.on("response", (received) => {
        answer.headers = received;
      });
      stream.on("trailers", (received) => {
        answer.trailers = received;
      });
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => {
        answer.text += chunk;
      });
      stream.on("end", () => resolve(answer));
      stream.on("error", reject);
      stream.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  const say = (door: DoorUnderTest, more: Record<string, unknown> = {}) =>
    ask(door.path, door.headers(researchKey), door.body(model, more));

  test.each(doors)("$name: whole and streamed, as over HTTP/1.1, the cost in a trailer", async (door) => {
    const whole = await say(door);
    expect(whole.headers).toMatchObject({ ":status": 200, "x-sluice-model": model, "x-sluice-attempts": "1" });
    expect(whole.headers["x-sluice-cost-usd"]).toMatch(/^0\.0*[1-9]/);
    expect(whole.text).toContain("Hello");

    const streamed = await say(door, { stream: true });
    expect(streamed.headers[":status"]).toBe(200);
    expect(streamed.trailers["x-sluice-cost-usd"]).toBe(whole.headers["x-sluice-cost-usd"]);
    const sameOverHttp1 = await knock(sluice, door, researchKey, door.body(model, { stream: true }));
    const withoutIds = (text: string) =>
      text.replace(/(chatcmpl-Fake|msg_01Fake)\d+/g, "id").replace(/\d{10}/g, "time");
    expect(withoutIds(streamed.text)).toBe(withoutIds(sameOverHttp1.text));
  });

  test("a hundred at once on one connection, each with its own answer", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, place) =>
        say(openaiDoor, { stream: place % 2 === 0, messages: [{ role: "user", content: `Number ${place}.` }] }),
      ),
    );
    for (const [place, answer] of answers.entries()) {
      expect(answer.headers[":status"]).toBe(200);
      expect(answer.text.replace(/"\}.*?"content":"/gs, "")).toContain("Numb");
      if (place % 2 === 1) expect(answer.text).toContain(`Number ${place}.`);
    }
    expect(new Set(answers.map((answer) => answer.headers["x-sluice-request-id"])).size).toBe(100);
  });

  test("errors have their status, and the connection goes on", async () => {
    const large = [{ role: "user", content: "x".repeat(1024 * 1024) }];
    for (const [answer, status] of [
      [await say(openaiDoor, { model: "nothing" }), 404],
      [await ask(openaiDoor.path, {}, openaiDoor.body(model)), 401],
      [await ask("/v1/nothing", {}), 404],
      [await ask(openaiDoor.path, {}, undefined, "GET"), 405],
      [await say(openaiDoor, { messages: large }), 413],
    ] as const) {
      expect(answer.headers[":status"]).toBe(status);
      openaiDoor.readError(JSON.parse(answer.text));
    }
    expect((await ask("/v1/models", openaiDoor.headers(researchKey), undefined, "GET")).headers[":status"]).toBe(200);
    expect((await say(openaiDoor)).headers[":status"]).toBe(200);
  });
});
