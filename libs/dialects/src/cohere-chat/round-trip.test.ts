import { describe, expect, test } from "vitest";
import { decodeStream, encodeStream, readSse } from "../../tests/streams.ts";
import { listTestdata, readTestdata, readTestdataJson } from "../../tests/testdata.ts";
import { collectResponse } from "../collect-response.ts";
import type { Dialect, JsonObject } from "../dialect.ts";
import { dialects } from "../dialects.ts";
import { explodeResponse } from "../explode-response.ts";
import { cohereChat } from "./index.ts";

const options = { fallbackId: "fallback-id", fallbackCreatedSeconds: 1_790_000_000 };

function decode(body: JsonObject, dialect: Dialect = cohereChat) {
  const decoded = dialect.decodeRequest(body);
  if (decoded.kind === "invalid") throw new Error(`${decoded.problem.parameter}: ${decoded.problem.message}`);
  return decoded.value;
}

function answer(dialect: Dialect, body: JsonObject) {
  const decoded = dialect.decodeResponse(body);
  if (decoded.kind !== "response") throw new Error(JSON.stringify(decoded));
  return decoded.response;
}

/** One text may be written in two ways. */
function simplify(body: JsonObject): JsonObject {
  const messages = (body["messages"] as readonly JsonObject[]).map((message) => {
    const content = message["content"] as readonly JsonObject[] | string | undefined;
    const only = typeof content === "object" && content.length === 1 ? content[0] : undefined;
    return only?.["type"] === "text" ? { ...message, content: only["text"] } : message;
  });
  return { ...body, messages };
}

describe("the same dialect", () => {
  test.each(listTestdata("made/cohere-chat", ".request.json"))("request %s returns as it came", (name) => {
    const body = readTestdataJson(`made/cohere-chat/${name}.request.json`);
    const encoded = cohereChat.encodeRequest(decode(body), {
      model: String(body["model"]),
      stream: body["stream"] === true,
      defaultMaxOutputTokens: 1,
    });
    if (encoded.kind === "refused") throw new Error(encoded.problem.message);
    expect(encoded.changes).toEqual([]);
    expect(simplify(encoded.body)).toEqual(simplify(body));
  });

  test.each(listTestdata("made/cohere-chat", ".response.json"))("response %s returns as it came", (name) => {
    const body = readTestdataJson(`made/cohere-chat/${name}.response.json`);
    const response = answer(cohereChat, body);
    const { body: written, changes } = cohereChat.encodeResponse(response, options);
    expect(changes).toEqual([]);
    expect(answer(cohereChat, written)).toEqual(response);
    const text = encodeStream(cohereChat, explodeResponse(response));
    const again = collectResponse(decodeStream(cohereChat, readSse([Buffer.from(text)])));
    expect(again.candidates[0]?.parts).toEqual(response.candidates[0]?.parts);
  });

  test.each(listTestdata("made/cohere-chat", ".stream.sse"))(
    "stream %s says the same when it is told again",
    (name) => {
      const events = decodeStream(cohereChat, readSse([readTestdata(`made/cohere-chat/${name}.stream.sse`)]));
      const again = decodeStream(cohereChat, readSse([Buffer.from(encodeStream(cohereChat, events))]));
      expect(collectResponse(again)).toEqual(collectResponse(events));
    },
  );
});

describe("a plan, told to a client of another dialect", () => {
  const response = answer(cohereChat, readTestdataJson("made/cohere-chat/tools.response.json"));
  const result = { celsius: 18 };

  function sendBack(dialect: Dialect, next: JsonObject, model: string) {
    const encoded = cohereChat.encodeRequest(decode(next, dialect), {
      model,
      stream: false,
      defaultMaxOutputTokens: 1,
    });
    if (encoded.kind === "refused") throw new Error(encoded.problem.message);
    return (encoded.body["messages"] as readonly JsonObject[])[1];
  }

  function openaiTurn(): JsonObject {
    const told = dialects["openai.chat"].encodeResponse(response, options).body;
    const message = (told["choices"] as readonly JsonObject[])[0]?.["message"] as JsonObject;
    return {
      model: "chat",
      messages: [
        { role: "user", content: "?" },
        message,
        { role: "tool", tool_call_id: "weather_1", content: JSON.stringify(result) },
        { role: "tool", tool_call_id: "now_2", content: "noon" },
      ],
    };
  }

  test("comes back from OpenAI's as the plan of a model that does not think", () => {
    expect(sendBack(dialects["openai.chat"], openaiTurn(), "command-r7b-12-2024")).toMatchObject({
      role: "assistant",
      tool_plan: "I will look up both cities.",
      tool_calls: [{ id: "weather_1" }, { id: "now_2" }],
    });
  });

  test("comes back as thinking to one that does", () => {
    expect(sendBack(dialects["openai.chat"], openaiTurn(), "command-a-reasoning-08-2025")).toMatchObject({
      content: [{ type: "thinking", thinking: "I will look up both cities." }],
      tool_calls: [{ id: "weather_1" }, { id: "now_2" }],
    });
  });

  test("comes back from Anthropic's", () => {
    const told = dialects["anthropic.messages"].encodeResponse(response, options).body;
    const next = {
      model: "chat",
      max_tokens: 10,
      messages: [
        { role: "user", content: "?" },
        { role: "assistant", content: told["content"] },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "weather_1", content: JSON.stringify(result) },
            { type: "tool_result", tool_use_id: "now_2", content: "noon" },
          ],
        },
      ],
    };
    expect(sendBack(dialects["anthropic.messages"], next, "command-r7b-12-2024")).toMatchObject({
      tool_plan: "I will look up both cities.",
      tool_calls: [{ id: "weather_1" }, { id: "now_2" }],
    });
  });
});

test("a client of Cohere's is told an answer of OpenAI's", () => {
  const response = answer(dialects["openai.chat"], {
    id: "chatcmpl-1",
    object: "chat.completion",
    model: "gpt-5.5",
    choices: [
      {
        index: 0,
        finish_reason: "stop",
        message: {
          role: "assistant",
          content: "Rivers flow.",
          annotations: [
            {
              type: "url_citation",
              url_citation: { url: "https://example.com/river", title: "Rivers", start_index: 0, end_index: 6 },
            },
          ],
        },
        logprobs: { content: [{ token: "Rivers", logprob: -0.5, bytes: null, top_logprobs: [] }] },
      },
    ],
    usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7, prompt_tokens_details: { cached_tokens: 3 } },
  });
  expect(cohereChat.encodeResponse(response, options).body).toEqual({
    id: "chatcmpl-1",
    finish_reason: "COMPLETE",
    message: {
      role: "assistant",
      content: [{ type: "text", text: "Rivers flow." }],
      citations: [
        {
          start: 0,
          end: 6,
          text: "Rivers",
          sources: [
            {
              type: "document",
              id: "https://example.com/river",
              document: { url: "https://example.com/river", title: "Rivers" },
            },
          ],
          content_index: 0,
          type: "TEXT_CONTENT",
        },
      ],
    },
    usage: { tokens: { input_tokens: 5, output_tokens: 2 }, cached_tokens: 3 },
    logprobs: [{ text: "Rivers", token_ids: [], logprobs: [-0.5] }],
  });
});
