import { describe, expect, test } from "vitest";
import { claude, sendChat, sendMessages } from "../../tests/bedrock-converse.ts";
import type { JsonObject } from "../dialect.ts";

const pdf = Buffer.from("%PDF-1.4").toString("base64");
const file = (filename: string) => ({
  type: "file",
  file: { filename, file_data: `data:application/pdf;base64,${pdf}` },
});

function call(id: string) {
  return { id, type: "function", function: { name: "look", arguments: '{"at":1}' } };
}

describe("turns", () => {
  test("of the same role become one", () => {
    const { body, changes } = sendChat({
      messages: [
        { role: "user", content: "one" },
        { role: "user", content: "two" },
        { role: "assistant", content: "three" },
        { role: "assistant", content: "four" },
        { role: "user", content: "five" },
      ],
    });
    expect(body["messages"]).toEqual([
      { role: "user", content: [{ text: "one" }, { text: "two" }] },
      { role: "assistant", content: [{ text: "three" }, { text: "four" }] },
      { role: "user", content: [{ text: "five" }] },
    ]);
    expect(changes).toEqual([]);
  });

  test("begin with the user's", () => {
    const { body, changes } = sendChat({
      messages: [
        { role: "assistant", content: "Welcome." },
        { role: "user", content: "Thanks." },
      ],
    });
    expect(body["messages"]).toMatchObject([{ role: "user" }, { role: "assistant" }, { role: "user" }]);
    expect(changes).toEqual(["messages defaulted"]);
  });

  test("that are empty are left out", () => {
    const { body, changes } = sendChat({
      messages: [
        { role: "user", content: "Hello" },
        { role: "assistant", content: "" },
        { role: "user", content: "Anyone?" },
      ],
    });
    expect(body["messages"]).toEqual([{ role: "user", content: [{ text: "Hello" }, { text: "Anyone?" }] }]);
    expect(changes).toEqual(["messages[1] dropped"]);
  });

  test("of instructions alone are the user's", () => {
    const { body, changes } = sendChat({ messages: [{ role: "system", content: "Tell a joke." }] });
    expect(body).toEqual({ messages: [{ role: "user", content: [{ text: "Tell a joke." }] }] });
    expect(changes).toEqual(["messages[0].role converted"]);
  });

  test("of instructions amid the others go to the head", () => {
    const { body, changes } = sendChat({
      messages: [
        { role: "system", content: "Be short." },
        { role: "user", content: "Hello" },
        { role: "developer", content: "Be polite." },
        { role: "user", content: "Hello?" },
      ],
    });
    expect(body["system"]).toEqual([{ text: "Be short." }, { text: "Be polite." }]);
    expect(changes).toEqual(["messages[2].role converted"]);
  });

  test("that the model is to continue end in no white space", () => {
    const { body, changes } = sendChat({
      messages: [
        { role: "user", content: "Count." },
        { role: "assistant", content: "1, 2, " },
      ],
    });
    expect(body["messages"]).toMatchObject([{}, { content: [{ text: "1, 2," }] }]);
    expect(changes).toEqual(["messages[1].content converted"]);
  });
});

describe("results of tools", () => {
  test("stand in one turn, before what the user says", () => {
    const { body } = sendChat({
      messages: [
        { role: "user", content: "Look." },
        { role: "assistant", content: null, tool_calls: [call("a"), call("b")] },
        { role: "tool", tool_call_id: "a", content: "1" },
        { role: "tool", tool_call_id: "b", content: "2" },
        { role: "user", content: "And?" },
      ],
    });
    expect(body["messages"]).toMatchObject([
      {},
      { content: [{ toolUse: { toolUseId: "a", input: { at: 1 } } }, { toolUse: { toolUseId: "b" } }] },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "a", content: [{ text: "1" }] } },
          { toolResult: { toolUseId: "b" } },
          { text: "And?" },
        ],
      },
    ]);
  });

  test("that a client put after its words are moved", () => {
    const { body, changes } = sendMessages({
      messages: [
        { role: "user", content: "Look." },
        { role: "assistant", content: [{ type: "tool_use", id: "a", name: "look", input: {} }] },
        {
          role: "user",
          content: [
            { type: "text", text: "Here:" },
            { type: "tool_result", tool_use_id: "a", content: "1", is_error: true },
          ],
        },
      ],
    });
    expect(body["messages"]).toMatchObject([
      {},
      {},
      { content: [{ toolResult: { toolUseId: "a", status: "error" } }, { text: "Here:" }] },
    ]);
    expect(changes).toContain("messages[2] converted");
  });

  test("find their calls where the ids are not what the model takes", () => {
    const odd = "call/with spaces";
    const messages = [
      { role: "user", content: "Look." },
      { role: "assistant", content: null, tool_calls: [call(odd)] },
      { role: "tool", tool_call_id: odd, content: "1" },
    ];
    for (const [model, form] of [
      [claude, /^call_[0-9a-f]{32}$/],
      ["mistral.mistral-large-2407-v1:0", /^[0-9a-f]{9}$/],
    ] as const) {
      const [, called, answered] = sendChat({ messages }, model).body["messages"] as {
        content: { toolUse?: { toolUseId: string }; toolResult?: { toolUseId: string } }[];
      }[];
      const id = called?.content[0]?.toolUse?.toolUseId;
      expect(id).toMatch(form);
      expect(answered?.content[0]?.toolResult?.toolUseId).toBe(id);
    }
  });
});

describe("documents", () => {
  test("have names that Bedrock takes, no two alike, and a text beside them", () => {
    const { body, changes } = sendChat({
      messages: [{ role: "user", content: [file("Bericht_2025.pdf"), file("Bericht_2025.pdf")] }],
    });
    expect(body["messages"]).toEqual([
      {
        role: "user",
        content: [
          { document: { format: "pdf", name: "Bericht_2025 pdf", source: { bytes: pdf } } },
          { document: { format: "pdf", name: "Bericht_2025 pdf (2)", source: { bytes: pdf } } },
          { text: "Bericht_2025 pdf" },
        ],
      },
    ]);
    expect(changes).toContain("messages[0].content defaulted");
    expect(changes.filter((change) => change.endsWith("converted"))).toHaveLength(2);
  });
});

describe("pictures", () => {
  const png = Buffer.from("\x89PNG\r\n\x1a\n", "latin1").toString("base64");
  const image = (url: string) => ({
    messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }],
  });

  test("go as bytes", () => {
    const { body } = sendChat(image(`data:image/png;base64,${png}`));
    expect(body["messages"]).toEqual([
      { role: "user", content: [{ image: { format: "png", source: { bytes: png } } }] },
    ]);
  });

  test("or from S3", () => {
    const { body } = sendChat(image("s3://bucket/cat.png"));
    expect(body["messages"]).toMatchObject([
      { content: [{ image: { format: "png", source: { s3Location: { uri: "s3://bucket/cat.png" } } } }] },
    ]);
  });

  test("and are refused where they are elsewhere, or of a kind that Bedrock does not read", () => {
    expect(sendChat(image("https://example.com/cat.png")).refused).toBeDefined();
    expect(sendChat(image("data:image/tiff;base64,SUkqAA==")).refused).toBeDefined();
  });
});

describe("reasoning of earlier turns", () => {
  const conversation = (block: JsonObject) => ({
    messages: [
      { role: "user", content: "Hm?" },
      { role: "assistant", content: [block, { type: "text", text: "Yes." }] },
      { role: "user", content: "Sure?" },
    ],
  });
  const thinking = { type: "thinking", thinking: "Let me see.", signature: "c2ln" };

  test("returns as Claude signed it", () => {
    const { body, changes } = sendMessages(conversation(thinking));
    expect(body["messages"]).toMatchObject([
      {},
      { content: [{ reasoningContent: { reasoningText: { text: "Let me see.", signature: "c2ln" } } }, {}] },
      {},
    ]);
    expect(changes).toEqual([]);
  });

  test("that is redacted returns as bytes, which Bedrock writes in base64", () => {
    const { body } = sendMessages(conversation({ type: "redacted_thinking", data: "EmwKAhgB" }));
    expect(body["messages"]).toMatchObject([
      {},
      { content: [{ reasoningContent: { redactedContent: Buffer.from("EmwKAhgB").toString("base64") } }, {}] },
      {},
    ]);
  });

  test("is not shown to a model that did not think it", () => {
    const { body, changes } = sendMessages(conversation(thinking), "amazon.nova-pro-v1:0");
    expect(JSON.stringify(body)).not.toContain("reasoningContent");
    expect(changes).toEqual(["messages[1].content[0].reasoning dropped"]);
  });
});
