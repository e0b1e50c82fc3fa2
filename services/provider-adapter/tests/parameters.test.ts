import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { type ParameterChange, ParameterChangeKind, ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import { type FakeProvider, startFakeProvider } from "@sluice/testing/fake-provider/start";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { anthropicBody, attempt, openaiBody, startAdapter } from "./_adapter.ts";

let fake: FakeProvider;
let adapter: ReturnType<typeof startAdapter>;

beforeAll(async () => {
  fake = await startFakeProvider({ anyModel: true });
});
beforeEach(() => {
  fake.reset();
  adapter = startAdapter(fake, { connect: "1s", firstToken: "1s", idle: "1s", total: "2s" });
});
afterEach(() => adapter.close());
afterAll(() => fake.close());

const model = "openai/some-model";
const chat = { model, messages: [{ role: "user", content: "say hello" }] };

/** Refuses every body that holds a text, in the words of a provider. */
function refuse(bodyContains: string, status: number, body: object): void {
  fake.script({
    times: "always",
    match: { bodyContains },
    raw: { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
  });
}

const unsupported = (parameter: string) => ({
  error: {
    message: `Unsupported parameter: '${parameter}' is not supported with this model.`,
    type: "invalid_request_error",
    param: parameter,
    code: "unsupported_parameter",
  },
});

async function complete(body: object, mode: ParameterMode = ParameterMode.UNSPECIFIED) {
  const { outcome } = await adapter.client.complete({
    attempt: { ...attempt(model), parameterMode: mode },
    payload: openaiBody(body),
  });
  if (outcome.case === "success") return { kind: "answered", changes: outcome.value.facts?.parameterChanges ?? [] };
  const failure = outcome.value;
  return {
    kind: "failed",
    reason: failure?.reason,
    message: failure?.message,
    changes: failure?.parameterChanges ?? [],
  };
}

async function stream(body: object) {
  const responses = await Array.fromAsync(
    adapter.client.stream({ attempt: attempt(model), payload: openaiBody({ ...body, stream: true }) }),
  );
  const started = responses.find(({ event }) => event.case === "started")?.event;
  return {
    last: responses.at(-1)?.event.case,
    changes: started?.case === "started" ? started.value.parameterChanges : [],
  };
}

const told = (changes: readonly ParameterChange[]) =>
  changes.map(({ parameter, kind }) => `${parameter} ${ParameterChangeKind[kind as never] ?? kind}`);
const { DROPPED, RENAMED, CLAMPED, DEFAULTED } = ParameterChangeKind;

function sentBodies(): string[] {
  return fake.requests.map(({ body }) => body.toString());
}

describe("a parameter that a provider refuses", () => {
  test("is changed once, reported, and known from then on", async () => {
    refuse('"temperature"', 400, unsupported("temperature"));
    const first = await complete({ ...chat, temperature: 0.2, seed: 7 });
    expect(first.kind).toBe("answered");
    expect(told(first.changes)).toEqual([`temperature ${DROPPED}`]);
    expect(fake.requests).toHaveLength(2);

    const second = await complete({ ...chat, temperature: 0.2, seed: 7 });
    expect(second.kind).toBe("answered");
    expect(told(second.changes)).toEqual([`temperature ${DROPPED}`]);
    expect(fake.requests).toHaveLength(3);
  });

  test("leaves every other byte of the body as it came", async () => {
    refuse('"top_k"', 400, unsupported("top_k"));
    const bytes =
      '{ "model" : "openai/some-model","top_k": 5 , "messages":[{"role":"user","content":"h\\u0069"}],  "seed":1.0 }';
    await adapter.client.complete({
      attempt: attempt(model),
      payload: { case: "body", value: { dialect: "openai.chat", body: Buffer.from(bytes) } },
    });
    expect(sentBodies().at(-1)).toBe(
      '{ "model" : "some-model" , "messages":[{"role":"user","content":"h\\u0069"}],  "seed":1.0 }',
    );
  });

  test("is changed before a stream begins", async () => {
    refuse('"max_tokens"', 400, {
      error: {
        message:
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        type: "invalid_request_error",
        param: "max_tokens",
        code: "unsupported_parameter",
      },
    });
    const { last, changes } = await stream({ ...chat, max_tokens: 20 });
    expect(last).toBe("finished");
    expect(told(changes)).toEqual([`max_tokens ${RENAMED}`]);
    expect(JSON.parse(sentBodies().at(-1) ?? "")).toMatchObject({ max_completion_tokens: 20, stream: true });
  });

  test("is changed in a request that was translated", async () => {
    refuse('"top_k"', 400, {
      type: "error",
      error: { type: "invalid_request_error", message: "top_k: Extra inputs are not permitted" },
    });
    const { outcome } = await adapter.client.complete({
      attempt: attempt("anthropic/some-claude"),
      payload: openaiBody({ ...chat, max_tokens: 9, top_k: 4 }),
    });
    expect(outcome.case).toBe("success");
    if (outcome.case === "success") {
      expect(told(outcome.value.facts?.parameterChanges ?? [])).toContain(`top_k ${DROPPED}`);
    }
  });

  test("is changed once: a second refusal stands, and what the first taught is kept", async () => {
    refuse('"temperature"', 400, unsupported("temperature"));
    refuse('"top_p"', 400, unsupported("top_p"));
    const first = await complete({ ...chat, temperature: 0.2, top_p: 0.5 });
    expect(first).toMatchObject({ kind: "failed", reason: ErrorReason.UPSTREAM_INVALID_REQUEST });
    expect(told(first.changes)).toEqual([`temperature ${DROPPED}`]);
    expect(fake.requests).toHaveLength(2);
    const second = await complete({ ...chat, temperature: 0.2, top_p: 0.5 });
    expect(second.kind).toBe("answered");
    expect(told(second.changes)).toEqual([`temperature ${DROPPED}`, `top_p ${DROPPED}`]);
  });

  test("teaches nothing where changing it was of no use", async () => {
    refuse('"messages"', 400, unsupported("temperature"));
    expect((await complete({ ...chat, temperature: 0.2 })).kind).toBe("failed");
    fake.reset();
    expect(told((await complete({ ...chat, temperature: 0.2 })).changes)).toEqual([]);
  });

  test("that goes ill with another is changed each time, and never where it stands alone", async () => {
    refuse('"top_p"', 400, {
      error: { message: "`temperature` and `top_p` cannot both be specified for this model. Please use only one." },
    });
    expect(told((await complete({ ...chat, temperature: 0.2, top_p: 0.5 })).changes)).toEqual([`top_p ${DROPPED}`]);
    fake.reset();
    expect(told((await complete({ ...chat, top_p: 0.5 })).changes)).toEqual([]);
  });

  test("is brought into the range that the provider names", async () => {
    refuse('"max_tokens":200000', 400, {
      error: {
        message:
          "max_tokens is too large: 200000. This model supports at most 16384 completion tokens, whereas you provided 200000.",
        type: "invalid_request_error",
        param: "max_tokens",
        code: "invalid_value",
      },
    });
    expect(told((await complete({ ...chat, max_tokens: 200_000 })).changes)).toEqual([`max_tokens ${CLAMPED}`]);
    expect(told((await complete({ ...chat, max_tokens: 90_000 })).changes)).toEqual([`max_tokens ${CLAMPED}`]);
    expect(told((await complete({ ...chat, max_tokens: 100 })).changes)).toEqual([]);
  });

  test.each([
    ["tools", { tools: [{ type: "function", function: { name: "f" } }] }],
    ["response_format", { response_format: { type: "json_object" } }],
    ["n", { n: 2 }],
    ["store", { store: false }],
  ])("is not changed where it changes what is asked: %s", async (parameter, more) => {
    refuse(`"${parameter}"`, 400, unsupported(parameter));
    expect(await complete({ ...chat, ...more })).toMatchObject({
      kind: "failed",
      reason: ErrorReason.UPSTREAM_INVALID_REQUEST,
      changes: [],
    });
    expect(fake.requests).toHaveLength(1);
  });

  test("keeps to the attempt's time limits", async () => {
    refuse('"temperature"', 400, unsupported("temperature"));
    fake.script({ times: "always", fault: { name: "stall-before-headers" } });
    expect(await complete({ ...chat, temperature: 0.2 })).toMatchObject({
      kind: "failed",
      reason: ErrorReason.UPSTREAM_TIMEOUT,
    });
  });
});

describe("what is known of a model", () => {
  const reasoning = { model: "x", messages: chat.messages, temperature: 0.2, max_tokens: 50, reasoning_effort: "max" };
  const ask = (mode: ParameterMode) =>
    adapter.client.complete({
      attempt: { ...attempt("openai/gpt-5"), parameterMode: mode },
      payload: openaiBody(reasoning),
    });

  test("is seen to before it is asked: no call is refused", async () => {
    const { outcome } = await ask(ParameterMode.ADAPT);
    expect(outcome.case).toBe("success");
    expect(fake.requests).toHaveLength(1);
    if (outcome.case !== "success") return;
    expect(told(outcome.value.facts?.parameterChanges ?? []).toSorted()).toEqual([
      `max_tokens ${RENAMED}`,
      expect.stringMatching(/^reasoning_effort /),
      `temperature ${DROPPED}`,
    ]);
    expect(JSON.parse(sentBodies()[0] ?? "")).toEqual({
      model: "gpt-5",
      messages: chat.messages,
      max_completion_tokens: 50,
      reasoning_effort: "high",
    });
  });

  test("is refused whole in strict mode, and sent as it is in passthrough", async () => {
    const strict = await ask(ParameterMode.STRICT);
    expect(strict.outcome.value).toMatchObject({ reason: ErrorReason.PARAMETER_REFUSED });
    for (const parameter of ["temperature", "max_tokens", "reasoning_effort"]) {
      expect((strict.outcome.value as { message: string }).message).toContain(parameter);
    }
    expect(fake.requests).toHaveLength(0);
    await ask(ParameterMode.PASSTHROUGH);
    expect(sentBodies()).toEqual([JSON.stringify({ ...reasoning, model: "gpt-5" })]);
  });

  test("is added where the provider requires it", async () => {
    const { outcome } = await adapter.client.complete({
      attempt: attempt("anthropic/claude-haiku-4-5"),
      payload: anthropicBody({ model: "x", messages: chat.messages }),
    });
    expect(outcome.case).toBe("success");
    if (outcome.case !== "success") return;
    expect(told(outcome.value.facts?.parameterChanges ?? [])).toEqual([`max_tokens ${DEFAULTED}`]);
    expect(JSON.parse(sentBodies()[0] ?? "").max_tokens).toBeGreaterThan(0);
  });

  test("costs nothing where the model takes it all: the bytes are those that came", async () => {
    const bytes =
      '{"model":"gpt-4o-mini", "temperature" : 0.20,"max_tokens":5.0e1,"messages":[{"role":"user","content":"hi"}] }';
    const { outcome } = await adapter.client.complete({
      attempt: attempt("openai/gpt-4o-mini"),
      payload: { case: "body", value: { dialect: "openai.chat", body: Buffer.from(bytes) } },
    });
    expect(outcome.case).toBe("success");
    expect(sentBodies()).toEqual([bytes]);
  });
});

describe("strict", () => {
  test("changes nothing, and refuses with every parameter that is known to be changed", async () => {
    refuse('"temperature"', 400, unsupported("temperature"));
    refuse('"top_p"', 400, unsupported("top_p"));
    const body = { ...chat, temperature: 0.2, top_p: 0.5 };
    expect(await complete(body, ParameterMode.STRICT)).toMatchObject({
      kind: "failed",
      reason: ErrorReason.UPSTREAM_INVALID_REQUEST,
      changes: [],
    });
    expect(fake.requests).toHaveLength(1);
    await complete(body);
    await complete(body);
    const before = fake.requests.length;
    const refused = await complete(body, ParameterMode.STRICT);
    expect(refused).toMatchObject({ kind: "failed", reason: ErrorReason.PARAMETER_REFUSED });
    expect(refused.message).toContain("temperature dropped, top_p dropped");
    expect(fake.requests).toHaveLength(before);
  });

  test("refuses what a translation would change", async () => {
    const { outcome } = await adapter.client.complete({
      attempt: { ...attempt("anthropic/claude-haiku-4-5"), parameterMode: ParameterMode.STRICT },
      payload: openaiBody({ ...chat, seed: 1, logit_bias: { "1": 2 } }),
    });
    expect(outcome.case).toBe("failure");
    if (outcome.case !== "failure") return;
    expect(outcome.value.reason).toBe(ErrorReason.PARAMETER_REFUSED);
    for (const parameter of ["seed", "logit_bias", "max_tokens"]) expect(outcome.value.message).toContain(parameter);
  });
});

describe("passthrough", () => {
  test("sends as it is, whatever is known, and changes nothing after a refusal", async () => {
    refuse('"temperature"', 400, unsupported("temperature"));
    await complete({ ...chat, temperature: 0.2 });
    fake.reset();
    refuse('"temperature"', 400, unsupported("temperature"));
    expect(await complete({ ...chat, temperature: 0.2 }, ParameterMode.PASSTHROUGH)).toMatchObject({
      kind: "failed",
      reason: ErrorReason.UPSTREAM_INVALID_REQUEST,
      changes: [],
    });
    expect(sentBodies()).toEqual([JSON.stringify({ ...chat, model: "some-model", temperature: 0.2 })]);
  });

  test("still translates", async () => {
    const { outcome } = await adapter.client.complete({
      attempt: { ...attempt("openai/gpt-4o-mini"), parameterMode: ParameterMode.PASSTHROUGH },
      payload: anthropicBody({ model: "x", max_tokens: 9, messages: chat.messages }),
    });
    expect(outcome.case).toBe("success");
  });
});
