import { describe, expect, test } from "vitest";
import { readReply } from "../../tests/openai-reply.ts";
import { decodeStream, encodeStream, readSse } from "../../tests/streams.ts";
import { readTestdata, readTestdataJson } from "../../tests/testdata.ts";
import { collectResponse } from "../collect-response.ts";
import type { Dialect, JsonObject } from "../dialect.ts";
import { dialects } from "../dialects.ts";

const gemini = dialects["gemini.generate"];
const openai = dialects["openai.chat"];
const anthropic = dialects["anthropic.messages"];
const options = { fallbackId: "fallback-id", fallbackCreatedSeconds: 1_790_000_000 };
const models = new Map<Dialect, string>([
  [gemini, "gemini-3.8-flash"],
  [openai, "gpt-5.5"],
  [anthropic, "claude-sonnet-4-5"],
]);

/** An answer of one provider's, as a client of another dialect is told it. */
function tell(provider: Dialect, body: JsonObject, client: Dialect): JsonObject {
  const decoded = provider.decodeResponse(body);
  if (decoded.kind !== "response") throw new Error(decoded.kind);
  return client.encodeResponse(decoded.response, options).body;
}

/** A client's next request, as a provider gets it. */
function send(client: Dialect, body: JsonObject, provider: Dialect) {
  const model = models.get(provider) ?? "";
  const decoded = client.decodeRequest(body, { model: "chat", stream: false });
  if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
  const encoded = provider.encodeRequest(decoded.value, { model, stream: false, defaultMaxOutputTokens: 100 });
  if (encoded.kind === "refused") throw new Error(encoded.problem.message);
  return { body: encoded.body, changes: encoded.changes.map(({ parameter }) => parameter) };
}

function contentsOf(body: JsonObject) {
  return body["contents"] as readonly { readonly role: string; readonly parts: readonly JsonObject[] }[];
}

const answered = readTestdataJson("made/gemini-generate/tools.response.json");
const signed = { functionCall: { name: "get_weather", args: { city: "Oslo" } }, thoughtSignature: "c2lnbmF0dXJl" };

describe("calls that a model of Google's made and signed", () => {
  test("come back through an OpenAI client as they were, the ids made here left out", () => {
    const told = tell(gemini, answered, openai);
    const [choice] = told["choices"] as { message: JsonObject }[];
    const { toolCalls } = readReply(told);
    const messages = [
      { role: "user", content: "?" },
      choice?.message ?? {},
      ...toolCalls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "3 C" })),
    ];
    const { body, changes } = send(openai, { model: "chat", messages }, gemini);
    const [, called, results] = contentsOf(body);
    expect(called?.parts).toEqual([
      { text: "Looking.", thought: true },
      signed,
      { functionCall: { id: "own-2", name: "get_weather", args: {} } },
    ]);
    expect(results?.parts).toEqual([
      { functionResponse: { name: "get_weather", response: { output: "3 C" } } },
      { functionResponse: { id: "own-2", name: "get_weather", response: { output: "3 C" } } },
    ]);
    expect(changes).toEqual([]);
  });

  test("come back through an Anthropic client as they were", () => {
    const told = tell(gemini, answered, anthropic);
    const content = told["content"] as JsonObject[];
    const results = content
      .filter(({ type }) => type === "tool_use")
      .map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: "3 C" }));
    const messages = [
      { role: "user", content: "?" },
      { role: "assistant", content },
      { role: "user", content: results },
    ];
    const { body } = send(anthropic, { model: "chat", max_tokens: 100, messages }, gemini);
    const calls = contentsOf(body)[1]?.parts.filter((part) => part["functionCall"] !== undefined);
    expect(calls).toEqual([signed, { functionCall: { id: "own-2", name: "get_weather", args: {} } }]);
  });

  test("told as a stream, too", () => {
    const events = decodeStream(gemini, readSse([readTestdata("made/gemini-generate/tools.stream.sse")]));
    for (const client of [openai, anthropic]) {
      const again = decodeStream(client, readSse([Buffer.from(encodeStream(client, events))]));
      const calls = collectResponse(again)
        .candidates.flatMap(({ parts }) => parts)
        .flatMap(({ kind }) => (kind.case === "toolCall" ? [kind.value] : []));
      expect(calls.map(({ id, arguments: input }) => [id, input])).toEqual([
        ["gemini_call_resp1A_0_0", '{"city":"Oslo"}'],
        ["gemini_call_resp1A_0_1", '{"city":"Rome"}'],
      ]);
    }
  });
});

describe("thinking that Anthropic signed or encrypted, told to a client of Google's", () => {
  const thought = readTestdataJson("made/anthropic-messages/thinking.response.json");

  function nextTurn(content: JsonObject): JsonObject {
    const user = (said: string) => ({ role: "user", parts: [{ text: said }] });
    return { contents: [user("?"), content, user("!")] };
  }

  test("comes back to Anthropic byte for byte from a whole answer", () => {
    const [candidate] = tell(anthropic, thought, gemini)["candidates"] as { content: JsonObject }[];
    const { body } = send(gemini, nextTurn(candidate?.content ?? {}), anthropic);
    expect((body["messages"] as JsonObject[])[1]?.["content"]).toEqual(thought["content"]);
  });

  describe("comes back to Anthropic byte for byte from a stream", () => {
    const events = decodeStream(anthropic, readSse([readTestdata("made/anthropic-messages/thinking.stream.sse")]));
    const contents = readSse([Buffer.from(encodeStream(gemini, events))]).flatMap(({ data }) =>
      (JSON.parse(data) as { candidates: { content: { role: string; parts: JsonObject[] } }[] }).candidates.map(
        ({ content }) => content,
      ),
    );
    const sent = [
      { type: "thinking", thinking: "It is warm.", signature: "c2lnbmF0dXJl" },
      { type: "redacted_thinking", data: "b3BhcXVl" },
      { type: "thinking", thinking: "", signature: "b21pdHRlZA==" },
      { type: "text", text: "18 °C." },
    ];

    test("whose chunks' parts stand one after the other in a turn", () => {
      const { body } = send(
        gemini,
        nextTurn({ role: "model", parts: contents.flatMap(({ parts }) => parts) }),
        anthropic,
      );
      expect((body["messages"] as JsonObject[])[1]?.["content"]).toEqual(sent);
    });

    test("of which each chunk is kept as a turn", () => {
      const user = (said: string) => ({ role: "user", parts: [{ text: said }] });
      const { body } = send(gemini, { contents: [user("?"), ...contents, user("!")] }, anthropic);
      const turns = (body["messages"] as { role: string; content: JsonObject[] }[]).slice(1, -1);
      expect(turns.flatMap(({ content }) => content)).toEqual(sent);
      expect(new Set(turns.map(({ role }) => role))).toEqual(new Set(["assistant"]));
    });
  });

  test("does not reach Google: its text is told, what signs it is not", () => {
    const [candidate] = tell(anthropic, thought, gemini)["candidates"] as { content: JsonObject }[];
    const { body, changes } = send(gemini, nextTurn(candidate?.content ?? {}), gemini);
    expect(JSON.stringify(body)).not.toContain("sluice_sig");
    expect(contentsOf(body)[1]?.parts[0]).toEqual({ text: "It is 18 degrees.", thought: true });
    expect(changes).toHaveLength(2);
  });
});

test("a conversation goes from Anthropic to Google and on, each call with what its maker wants", () => {
  const first = tell(anthropic, readTestdataJson("made/anthropic-messages/tools.response.json"), openai);
  const [choice] = first["choices"] as { message: JsonObject }[];
  const results = readReply(first).toolCalls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "3 C" }));
  const history = [{ role: "user", content: "?" }, choice?.message ?? {}, ...results];
  const asked = send(openai, { model: "chat", messages: history }, gemini);
  const [call, sibling] = (contentsOf(asked.body)[1]?.parts ?? []).filter((part) => part["functionCall"] !== undefined);
  expect(call?.["thoughtSignature"]).toBe("skip_thought_signature_validator");
  expect(sibling).not.toHaveProperty("thoughtSignature");
  expect(asked.changes).toEqual(["contents[1].parts[1].thoughtSignature"]);

  const second = tell(gemini, answered, openai);
  const [next] = second["choices"] as { message: JsonObject }[];
  const more = readReply(second).toolCalls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "4 C" }));
  const back = send(openai, { model: "chat", messages: [...history, next?.message ?? {}, ...more] }, gemini);
  const signatures = contentsOf(back.body)
    .flatMap(({ parts }) => parts)
    .filter((part) => part["functionCall"] !== undefined)
    .map((part) => part["thoughtSignature"]);
  expect(signatures).toEqual(["skip_thought_signature_validator", undefined, "c2lnbmF0dXJl", undefined]);
});
