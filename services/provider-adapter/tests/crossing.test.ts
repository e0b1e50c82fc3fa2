import { type FakeProvider, startFakeProvider } from "@sluice/testing/fake-provider/start";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { anthropicBody, attempt, openaiBody, startAdapter } from "./_adapter.ts";

let fake: FakeProvider;
let adapter: ReturnType<typeof startAdapter>;

beforeAll(async () => {
  fake = await startFakeProvider();
});
beforeEach(() => {
  fake.reset();
  adapter = startAdapter(fake);
});
afterEach(() => adapter.close());
afterAll(() => fake.close());

const claude = "anthropic/claude-haiku-4-5";
const patch = '*** Begin Patch\n+ "ü"\n*** End Patch';

async function complete(payload: ReturnType<typeof anthropicBody> | ReturnType<typeof openaiBody>) {
  const { outcome } = await adapter.client.complete({ attempt: attempt(claude), payload });
  if (outcome.case !== "success") throw new Error(outcome.value?.message);
  const body = JSON.parse(Buffer.from(outcome.value.payload.value as Uint8Array).toString());
  const changes = outcome.value.facts?.parameterChanges.map(({ parameter }) => parameter);
  return { body, changes, sent: JSON.parse(fake.requests.at(-1)?.body.toString() ?? "") };
}

describe("a free-text tool of OpenAI's, called by Claude", () => {
  const request = {
    model: claude,
    max_tokens: 500,
    messages: [{ role: "user", content: "patch it" }],
    tools: [{ type: "custom", custom: { name: "apply_patch", description: "Changes files." } }],
  };
  beforeEach(() => {
    fake.script({ times: "always", reply: { toolCalls: [{ name: "apply_patch", arguments: { input: patch } }] } });
  });

  test("is a function to Claude, and free text to the client", async () => {
    const { body, sent, changes } = await complete(openaiBody(request));
    expect(sent.tools).toMatchObject([
      { name: "apply_patch", input_schema: { properties: { input: { type: "string" } } } },
    ]);
    expect(body.choices[0].message.tool_calls).toMatchObject([
      { type: "custom", custom: { name: "apply_patch", input: patch } },
    ]);
    expect(changes).toContain("tools[0]");
  });

  test("in a stream too", async () => {
    const responses = await Array.fromAsync(
      adapter.client.stream({ attempt: attempt(claude), payload: openaiBody({ ...request, stream: true }) }),
    );
    const text = responses
      .map(({ event }) => (event.case === "chunk" ? Buffer.from(event.value.body).toString() : ""))
      .join("");
    const deltas = [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => JSON.parse(json ?? "").choices[0]?.delta);
    const calls = deltas.flatMap((delta) => delta?.tool_calls ?? []);
    expect(calls[0]).toMatchObject({ type: "custom", custom: { name: "apply_patch" } });
    expect(calls.map(({ custom }) => custom?.input ?? "").join("")).toBe(patch);
  });
});

describe("a turn that another maker signed, sent by Anthropic's own client to Claude", () => {
  const foreign = `sluice_sig_google_${Buffer.from("sig").toString("base64url")}`;
  const hello = { role: "user", content: "hello" };
  const request = (signature: string) => ({
    model: claude,
    max_tokens: 500,
    messages: [
      hello,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Hm.", signature },
          { type: "text", text: "Hi." },
        ],
      },
      { role: "user", content: "again" },
    ],
  });

  test("loses what Anthropic cannot read, and says so", async () => {
    const { body, sent, changes } = await complete(anthropicBody(request(foreign), { "anthropic-beta": "x" }));
    expect(sent.messages[1]).toEqual({ role: "assistant", content: "Hi." });
    expect(changes).toEqual(["messages[1].content[0].reasoning"]);
    expect(fake.requests.at(-1)?.headers["anthropic-beta"]).toBe("x");
    expect(body).toMatchObject({ type: "message", role: "assistant" });
  });

  test("is untouched where Anthropic signed it", async () => {
    fake.script({ reply: { thinking: "Hm.", text: "Hi." } });
    const thinking = { type: "enabled", budget_tokens: 1_024 };
    const first = await complete(anthropicBody({ ...request(""), messages: [hello], max_tokens: 2_000, thinking }));
    const turn = { role: "assistant", content: first.body.content };
    const { sent, changes } = await complete(anthropicBody({ ...request(""), messages: [hello, turn, hello] }));
    expect(turn.content[0]).toMatchObject({ type: "thinking", signature: expect.stringMatching(/./) });
    expect(sent.messages).toEqual([hello, turn, hello]);
    expect(changes).toEqual([]);
  });
});
