import { Role, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { describe, expect, it } from "vitest";
import {
  assistant,
  bodyOf,
  call,
  changesOf,
  encode,
  hi,
  type MessageInit,
  type PartInit,
  refusalOf,
  result,
  system,
  text,
  user,
} from "../../tests/anthropic-messages-request.ts";
import type { JsonObject } from "../dialect.ts";

describe("messages of other dialects", () => {
  it("puts instructions at the head into system", () => {
    const encoded = encode({ messages: [system("One."), system("Two.", Role.DEVELOPER), ...hi] });
    expect(bodyOf(encoded)).toMatchObject({
      system: [
        { type: "text", text: "One." },
        { type: "text", text: "Two." },
      ],
      messages: [{ role: "user", content: "hi" }],
    });
    expect(changesOf(encoded)).toEqual([]);
  });

  const conversation = [user(text("hi")), assistant(text("ho")), user(text("so?")), system("Be brief.")];

  it("puts instructions amid the conversation to those at its head, and says so", () => {
    const encoded = encode({ messages: [...conversation, user(text("well?"))] });
    expect(bodyOf(encoded)).toMatchObject({
      system: "Be brief.",
      messages: [
        { role: "user", content: "hi" },
        { role: "assistant", content: "ho" },
        {
          role: "user",
          content: [
            { type: "text", text: "so?" },
            { type: "text", text: "well?" },
          ],
        },
      ],
    });
    expect(changesOf(encoded)).toEqual(["messages[3].role=converted"]);
  });

  it("leaves them in their place where the model takes them there", () => {
    const encoded = encode({ messages: conversation }, "claude-opus-4-8");
    expect(bodyOf(encoded)).toMatchObject({ messages: [{}, {}, {}, { role: "system", content: "Be brief." }] });
    expect(changesOf(encoded)).toEqual([]);
  });

  it("lets the user speak where there are instructions only", () => {
    const encoded = encode({ messages: [system("One."), system("Two.")] });
    expect(bodyOf(encoded)).toMatchObject({ system: "One.", messages: [{ role: "user", content: "Two." }] });
    expect(changesOf(encoded)).toEqual(["messages[1].role=converted"]);
  });

  it("joins results of tools and what the user says in one turn, results first", () => {
    const encoded = encode({
      messages: [
        user(text("hi")),
        assistant(text(""), call("a", '{"x":1}'), call("b.c", "")),
        result("a", text("one")),
        user(text("wait")),
        result("b.c", text("")),
      ],
    });
    expect(bodyOf(encoded)["messages"]).toEqual([
      { role: "user", content: "hi" },
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "a", name: "now", input: { x: 1 } },
          { type: "tool_use", id: "b_2e_c", name: "now", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "a", content: "one" },
          { type: "tool_result", tool_use_id: "b_2e_c", content: "" },
          { type: "text", text: "wait" },
        ],
      },
    ]);
    expect(changesOf(encoded)).toEqual(["messages[1].content[2].id=converted", "messages[2]=converted"]);
  });

  it("wraps arguments that are no JSON object, and free text", () => {
    const encoded = encode({
      messages: [...hi, assistant(call("a", '{"x'), call("b", "raw", ToolCallKind.CUSTOM))],
    });
    expect(bodyOf(encoded)).toMatchObject({
      messages: [{}, { content: [{ input: { INVALID_JSON: '{"x' } }, { input: { input: "raw" } }] }],
    });
    expect(changesOf(encoded)).toEqual(["messages.tool_calls=converted", "messages[1].content[0].arguments=converted"]);
  });

  it("leaves out empty texts without a word, and empty turns and white space with one", () => {
    const encoded = encode({
      messages: [user(text(""), text("hi")), assistant(text("")), user(text(" \n"), text("so?"))],
    });
    expect(bodyOf(encoded)["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "hi" },
          { type: "text", text: "so?" },
        ],
      },
    ]);
    expect(changesOf(encoded)).toEqual(["messages[2].content[0]=dropped", "messages[1]=dropped"]);
    expect(refusalOf(encode({ messages: [user(text(""))] }))).toMatch(/nothing to answer/);
  });

  it("sends reasoning that Anthropic signed, and leaves out any other", () => {
    const encoded = encode({
      messages: [
        ...hi,
        assistant(
          { kind: { case: "reasoning", value: { text: "own", signature: "c2ln", signer: "anthropic" } } },
          { kind: { case: "reasoning", value: { text: "unsigned" } } },
          { kind: { case: "reasoning", value: { redactedData: "x", id: "rs_1" } } },
          { kind: { case: "reasoning", value: { text: "foreign", signature: "c2ln", signer: "google" } } },
          { kind: { case: "text", value: { text: "ho", signature: "c2ln", signer: "google" } } },
        ),
        ...hi,
      ],
    });
    expect(bodyOf(encoded)).toMatchObject({
      messages: [
        {},
        {
          content: [
            { type: "thinking", thinking: "own", signature: "c2ln" },
            { type: "text", text: "ho" },
          ],
        },
        {},
      ],
    });
    expect(changesOf(encoded)).toEqual([
      "messages[1].content[1].reasoning=dropped",
      "messages[1].content[2].reasoning=dropped",
      "messages[1].content[3].reasoning=dropped",
      "messages[1].content[4].signature=dropped",
    ]);
  });

  it("leaves out what another provider ran or knows alone, and sends what Anthropic ran", () => {
    const ran = (id: string): PartInit => ({
      kind: { case: "toolCall", value: { id, tool: "web_search", arguments: "{}", toolKind: ToolCallKind.SERVER } },
    });
    const made = (toolCallId: string, dialect: string): PartInit => ({
      kind: {
        case: "toolResult",
        value: { toolCallId, serverType: "web_search_tool_result", serverContentJson: "[]", dialect },
      },
    });
    const encoded = encode({
      messages: [
        ...hi,
        assistant(
          ran("srvtoolu_1"),
          ran("other"),
          made("other", "anthropic.messages"),
          ran("ws_1"),
          made("ws_1", "openai.responses"),
          { kind: { case: "opaque", value: { dialect: "gemini.generate", type: "executableCode", json: "{}" } } },
          text("ho"),
        ),
        ...hi,
      ],
    });
    expect(bodyOf(encoded)).toMatchObject({
      messages: [
        {},
        {
          content: [
            { type: "server_tool_use", id: "srvtoolu_1" },
            { type: "server_tool_use", id: "other" },
            { type: "web_search_tool_result", tool_use_id: "other", content: [] },
            { type: "text", text: "ho" },
          ],
        },
        {},
      ],
    });
    expect(changesOf(encoded)).toEqual([
      "messages[1].content[3]=dropped",
      "messages[1].content[4]=dropped",
      "messages[1].content[5]=dropped",
    ]);
  });

  it("does not send back citations that it made for a client", () => {
    const citation = (json: JsonObject) => ({ dialect: "anthropic.messages", json: JSON.stringify(json) });
    const own = { type: "char_location", cited_text: "x" };
    const made = { type: "web_search_result_location", encrypted_index: "sluice_sig_none_" };
    const part: PartInit = {
      kind: { case: "text", value: { text: "ho", citations: [citation(own), citation(made), { url: "https://a.b" }] } },
    };
    const encoded = encode({ messages: [...hi, assistant(part), ...hi] });
    expect(bodyOf(encoded)).toMatchObject({ messages: [{}, { content: [{ citations: [own] }] }, {}] });
    expect(changesOf(encoded)).toEqual(["messages[1].content[0].citations=dropped"]);
  });

  it("sends refusals and transcripts as text, and trims a turn to be continued", () => {
    const encoded = encode({
      messages: [
        ...hi,
        assistant(
          { kind: { case: "refusal", value: { text: "No." } } },
          { kind: { case: "audio", value: { id: "audio_1", transcript: "Well " } } },
        ),
      ],
    });
    expect(bodyOf(encoded)).toMatchObject({ messages: [{}, { content: [{ text: "No." }, { text: "Well" }] }] });
    expect(changesOf(encoded)).toEqual([
      "messages[1].content[0]=converted",
      "messages[1].content[1]=converted",
      "messages[1].content=converted",
    ]);
  });

  it("reports names, details and fields of other dialects", () => {
    const image: PartInit = {
      kind: { case: "image", value: { media: { source: { case: "url", value: "https://a.b/c.png" } }, detail: "low" } },
    };
    const foreign = { dialect: "openai.chat", field: "store", json: "true" };
    const encoded = encode({ messages: [{ ...user(image), participant: "Ann" }], extensions: [foreign] });
    expect(changesOf(encoded)).toEqual([
      "messages[0].name=dropped",
      "messages[0].content[0].image_url.detail=dropped",
      "store=dropped",
    ]);
  });

  it.each<readonly [MessageInit, RegExp]>([
    [
      user({ kind: { case: "audio", value: { media: { source: { case: "inlineData", value: Buffer.from("x") } } } } }),
      /no sound/,
    ],
    [user({ kind: { case: "opaque", value: { dialect: "openai.chat", type: "video" } } }), /only openai.chat knows/],
    [user({ kind: { case: undefined } }), /of no kind/],
    [assistant(call("", "{}")), /without an id/],
    [
      assistant({ kind: { case: "image", value: { media: { source: { case: "url", value: "https://a.b" } } } } }),
      /picture or document in the model's turn/,
    ],
    [
      {
        role: Role.SYSTEM,
        parts: [{ kind: { case: "image", value: { media: { source: { case: "url", value: "u" } } } } }],
      },
      /instructions with a part of type image/,
    ],
    [
      user({ kind: { case: "toolResult", value: { toolCallId: "a", serverType: "web_search_call" } } }),
      /tool of another provider/,
    ],
  ])("refuses what cannot cross, and says why", (message, reason) => {
    expect(refusalOf(encode({ messages: [...hi, message] }))).toMatch(reason);
  });
});
