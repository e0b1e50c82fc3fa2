import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fakeProviders, opsKey, researchKey, twoTeams } from "./_config.ts";
import { send } from "./_http.ts";
import { eventually, type Sluice, waysToRun } from "./_sluice.ts";

describe.each(waysToRun)("parameters that a model does not take, at %s", (_way, start) => {
  let fake: FakeProvider;
  let sluice: Sluice;

  beforeAll(async () => {
    fake = await startFakeProvider({ anyModel: true });
    sluice = await start({
      config: {
        providers: fakeProviders(fake, ["model-a", "model-b", "model-c"]),
        ...twoTeams,
        keys: [
          { name: "notebooks", team: "research", secret: researchKey },
          { name: "watched", team: "ops", secret: opsKey, capture: "raw" },
        ],
        routes: [
          { name: "strict", targets: [{ model: "openai/model-b" }], parameters: "strict" },
          { name: "untouched", targets: [{ model: "openai/model-b" }], parameters: "passthrough" },
        ],
      },
    });
  });
  beforeEach(() => {
    fake.reset();
    fake.script({
      times: "always",
      match: { bodyContains: '"temperature"' },
      raw: {
        status: 400,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          error: {
            message: "Unsupported parameter: 'temperature' is not supported with this model.",
            type: "invalid_request_error",
            param: "temperature",
            code: "unsupported_parameter",
          },
        }),
      },
    });
  });
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
  });

  const messages = [{ role: "user", content: "say hello" }];
  function chat(model: string, more: object = {}, headers: Readonly<Record<string, string>> = {}, key = researchKey) {
    return send(`${sluice.url}/v1/chat/completions`, {
      headers: { authorization: `Bearer ${key}`, ...headers },
      body: { model, messages, temperature: 0.2, ...more },
    });
  }

  test.each([false, true])(
    "are changed after one refusal, named, and known from then on (stream: %s)",
    async (stream) => {
      const model = stream ? "openai/model-c" : "openai/model-a";
      const first = await chat(model, { stream });
      expect(first.status, first.text).toBe(200);
      expect(first.headers["x-sluice-parameters"]).toBe("temperature=dropped");
      expect(fake.requests).toHaveLength(2);
      const second = await chat(model, { stream });
      expect(second.headers["x-sluice-parameters"]).toBe("temperature=dropped");
      expect(fake.requests).toHaveLength(3);

      const refused = await chat(model, { stream }, { "x-sluice-parameters": "strict" });
      expect(refused.status).toBe(400);
      expect(refused.json().error).toMatchObject({
        reason: "parameter_refused",
        fault: "caller",
        param: "temperature",
      });
      expect(refused.json().error.message).toContain("temperature dropped");
      expect(fake.requests).toHaveLength(3);

      const { learnedRules } = await sluice.operations.listLearnedRules({ model });
      expect(learnedRules).toMatchObject([{ model, parameter: "temperature", action: { case: "drop" } }]);
      await sluice.operations.deleteLearnedRule({ name: learnedRules[0]?.name ?? "" });
      await chat(model, { stream });
      expect(fake.requests).toHaveLength(5);
    },
  );

  test("are left to the provider where the route or the request says so", async () => {
    for (const answer of [
      await chat("strict"),
      await chat("untouched"),
      await chat("openai/model-b", {}, { "x-sluice-parameters": "passthrough" }),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.headers["x-sluice-parameters"]).toBeUndefined();
      expect(answer.json().error).toMatchObject({ reason: "upstream_invalid_request", param: "temperature" });
    }
    expect(fake.requests).toHaveLength(3);
  });

  test("strict refuses what a translation would change, naming all of it", async () => {
    const answer = await chat(
      "anthropic/claude-haiku-4-5",
      { seed: 1, logit_bias: { "1": 1 } },
      { "x-sluice-parameters": "strict" },
    );
    expect(answer.status).toBe(400);
    for (const parameter of ["seed", "logit_bias", "max_tokens"]) {
      expect(answer.json().error.message).toContain(parameter);
    }
    expect(fake.requests).toHaveLength(0);
  });

  async function exchangesOf(requestId: unknown) {
    const read = () => sluice.operations.listRawExchanges({ requestId: String(requestId) });
    const { rawExchanges } = await eventually(read, (answer) => answer.rawExchanges.length > 0);
    return rawExchanges;
  }

  test("raw exchanges are kept for an operator who asks, for nobody else", async () => {
    const debug = { "x-sluice-debug": "raw" };
    const asked = await chat("openai/model-b", {}, { ...debug, "x-sluice-admin-token": sluice.adminToken });
    expect(asked.status, asked.text).toBe(200);
    const exchanges = await exchangesOf(asked.headers["x-sluice-request-id"]);
    expect(exchanges.map(({ responseStatus }) => responseStatus)).toEqual([400, 200]);
    expect(exchanges[0]?.requestHeaders["authorization"]).toBe("[removed]");
    expect(Buffer.from(exchanges[1]?.responseBody ?? []).toString()).toBe(asked.text);

    for (const headers of [debug, { ...debug, "x-sluice-admin-token": researchKey }]) {
      const refused = await chat("openai/model-b", {}, headers);
      expect(refused.status).toBe(403);
      expect(refused.json().error).toMatchObject({ reason: "permission_denied", fault: "caller" });
    }
  });

  test("and for a key that says so", async () => {
    const { headers } = await chat("openai/model-b", { temperature: undefined }, {}, opsKey);
    const [exchange] = await exchangesOf(headers["x-sluice-request-id"]);
    expect(JSON.parse(Buffer.from(exchange?.requestBody ?? []).toString())).toEqual({ model: "model-b", messages });

    const unwatched = await chat("openai/model-b", { temperature: undefined });
    const id = String(unwatched.headers["x-sluice-request-id"]);
    expect((await sluice.operations.listRawExchanges({ requestId: id })).rawExchanges).toEqual([]);
  });
});
