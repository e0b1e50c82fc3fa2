import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatRequestSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import { type Part, type PartSchema, Role } from "@sluice/api/sluice/chat/v1/content";
import { dialects } from "@sluice/dialects";
import { expect, test } from "vitest";
import { factsOfChat } from "./facts-of-chat.ts";

type Init = MessageInitShape<typeof ChatRequestSchema>;

const facts = (chat: Init) => factsOfChat(create(ChatRequestSchema, { model: "chat", ...chat }), false);
const tokens = (chat: Init) => facts(chat).inputTokensAtMost;
const said = (...kinds: MessageInitShape<typeof PartSchema>["kind"][]): Init => ({
  messages: [{ role: Role.USER, parts: kinds.map((kind) => ({ kind }) as Part) }],
});
const text = (value: string) => ({ case: "text" as const, value: { text: value } });

test("what decisions need is read", () => {
  const chat = create(ChatRequestSchema, {
    model: "chat",
    maxOutputTokens: 7,
    candidateCount: 2,
    endUser: "ada",
    tools: [{ kind: { case: "function", value: { name: "weather" } } }],
    ...said(text("Hello")),
  });
  expect(factsOfChat(chat, true)).toMatchObject({
    model: "chat",
    stream: true,
    maxOutputTokens: 7,
    candidateCount: 2,
    endUser: "ada",
    hasTools: true,
    inputModalities: ["text"],
  });
  expect(facts({})).toMatchObject({ stream: false, maxOutputTokens: undefined, endUser: undefined, hasTools: false });
});

test("none asked for counts as one: a provider that does not know the parameter answers once", () => {
  expect(facts({ candidateCount: 0 }).candidateCount).toBe(1);
  expect(facts({}).candidateCount).toBe(1);
});

test("a byte is a token at most, wherever it stands", () => {
  const filler = "ü".repeat(5_000);
  const base = tokens(said(text("")));
  const places: Init[] = [
    said(text(filler)),
    said({ case: "refusal", value: { text: filler } }),
    said({ case: "reasoning", value: { text: filler } }),
    said({ case: "reasoning", value: { signature: filler } }),
    said({ case: "toolCall", value: { tool: "t", arguments: filler } }),
    said({ case: "toolResult", value: { content: [{ kind: text(filler) }] } }),
    said({ case: "toolResult", value: { serverContentJson: filler } }),
    said({ case: "document", value: { content: [{ kind: text(filler) }] } }),
    said({ case: "document", value: { context: filler, content: [{ kind: text("") }] } }),
    said({ case: "opaque", value: { dialect: "openai.chat", json: filler } }),
    { tools: [{ kind: { case: "function", value: { name: "t", parametersJsonSchema: filler } } }] },
    { tools: [{ kind: { case: "custom", value: { name: "t", formatJson: filler } } }] },
    { tools: [{ kind: { case: "server", value: { dialect: "d", type: "t", json: filler } } }] },
    { responseFormat: { kind: { case: "jsonSchema", value: { schemaJson: filler } } } },
    { extensions: [{ dialect: "openai.chat", field: "prediction", json: filler }] },
    { messages: [{ role: Role.USER, extensions: [{ dialect: "openai.chat", field: "x", json: filler }] }] },
  ];
  for (const place of places) expect(tokens(place), JSON.stringify(place).slice(0, 80)).toBeGreaterThan(10_000);
  expect(base).toBeLessThan(1_000);
});

test("pictures, sounds and documents count by their own allowance and say their kind", () => {
  const inlineData = new Uint8Array(3_000_000);
  const picture = said({ case: "image", value: { media: { source: { case: "inlineData", value: inlineData } } } });
  expect(facts(picture).inputModalities).toEqual(["text", "image"]);
  expect(tokens(picture)).toBeLessThan(40_000);
  const sound = said({ case: "audio", value: { media: { source: { case: "inlineData", value: inlineData } } } });
  expect(facts(sound).inputModalities).toEqual(["text", "audio"]);
  expect(tokens(sound)).toBeGreaterThan(inlineData.length / 31);
  const remote = said({ case: "document", value: { media: { source: { case: "url", value: "https://x/y.pdf" } } } });
  expect(facts(remote).inputModalities).toEqual(["text", "document"]);
  expect(tokens(remote)).toBeGreaterThan(200_000);
});

test("the same request is never bounded lower than at a dialect's door", () => {
  const body = {
    model: "chat",
    messages: [
      { role: "system", content: "Be brief" },
      {
        role: "user",
        content: [
          { type: "text", text: "Hé" },
          { type: "image_url", image_url: { url: "https://x/y" } },
        ],
      },
    ],
    tools: [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }],
  };
  const decoded = dialects["openai.chat"].decodeRequest(body);
  const read = dialects["openai.chat"].readFacts(body);
  if (decoded.kind === "invalid" || read.kind === "invalid") throw new Error("the example is not valid");
  expect(factsOfChat(decoded.value, false).inputTokensAtMost).toBeGreaterThanOrEqual(read.value.inputTokensAtMost);
});
