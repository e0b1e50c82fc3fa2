import { decodeSseBlock } from "@sluice/sse";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSse, skimStream, tapStream } from "../tests/streams.ts";
import { listTestdata, readTestdata } from "../tests/testdata.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import type { Dialect, StreamTap } from "./dialect.ts";
import { openaiChat } from "./openai-chat/index.ts";

const chunk = (text: string, more: { padding?: string; tail?: string; delta?: string } = {}) =>
  `data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{${more.delta ?? ""}"content":"${text}"},"logprobs":null,"finish_reason":null}],"usage":null${
    more.padding === undefined ? "" : `,"obfuscation":"${more.padding}"`
  }}${more.tail ?? "\n\n"}`;
const delta = (text: string, spaces = "") =>
  `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${text}"}${spaces}}\n\n`;
const messageStart =
  'event: message_start\ndata: {"type":"message_start","message":{"id":"m","model":"c","content":[]}}\n\n';

function push(tap: StreamTap, text: string, encoding: BufferEncoding = "utf8") {
  const bytes = Buffer.from(text, encoding);
  const item = decodeSseBlock(bytes);
  if (item?.kind !== "event") throw new Error("expected an event");
  return tap.push(item, bytes);
}

function taught(dialect: Dialect, example: string): StreamTap {
  const tap = dialect.createStreamTap({ hideUsageEvent: true });
  if (dialect === anthropicMessages) push(tap, messageStart);
  push(tap, example);
  return tap;
}

const skim = (tap: StreamTap, text: string) => tap.skim(Buffer.from(text));

describe("an event that is like the example", () => {
  test.each([
    ["plain", "Hello", 5],
    ["longer", "a much longer text, with { } and [ ]", 36],
    ["escapes", '\\n\\"\\\\\\/\\u00e9\\ud83e\\udd8a', 7],
    ["two bytes", "é", 1],
    ["three bytes", "漢字", 2],
    ["four bytes", "🦊!", 3],
  ])("is counted as it is read: %s", (_name, text, characters) => {
    expect(skim(taught(openaiChat, chunk("a")), chunk(text))).toBe(characters);
    expect(skim(taught(anthropicMessages, delta("a")), delta(text, "    "))).toBe(characters);
    expect(push(taught(openaiChat, chunk("a")), chunk(text)).outputCharacters).toBe(characters);
  });

  test("may be padded otherwise", () => {
    const openai = taught(openaiChat, chunk("a", { padding: "xY0" }));
    for (const padding of ["", "K", "sd9fKLJ2"]) expect(skim(openai, chunk("bc", { padding }))).toBe(2);
    const anthropic = taught(anthropicMessages, delta("a", "   "));
    for (const spaces of ["", " ", "         "]) expect(skim(anthropic, delta("bc", spaces))).toBe(2);
  });

  test("may hold reasoning or a tool's arguments", () => {
    const reasoning = (text: string) =>
      chunk("x").replace('"content":"x"', `"content":null,"reasoning_content":"${text}"`);
    expect(skim(taught(openaiChat, reasoning("a")), reasoning("bc"))).toBe(2);
    const call = (text: string) =>
      chunk("x").replace('"content":"x"', `"tool_calls":[{"index":0,"function":{"arguments":"${text}"}}]`);
    expect(skim(taught(openaiChat, call("a")), call('{\\"b\\"'))).toBe(4);
  });

  test("counts what else it holds", () => {
    const both = (text: string) => chunk(text, { delta: '"refusal":"no!",' });
    expect(skim(taught(openaiChat, both("a")), both("bc"))).toBe(5);
    expect(push(taught(openaiChat, both("a")), both("bc")).outputCharacters).toBe(5);
  });
});

describe("an event that is not like the example is left to be read", () => {
  test.each([
    ["a finish", chunk("b").replace('"finish_reason":null', '"finish_reason":"stop"')],
    ["usage", chunk("b").replace('"usage":null', '"usage":{"prompt_tokens":1,"completion_tokens":1}')],
    ["another choice", chunk("b").replace('"index":0', '"index":1')],
    ["an error", 'data: {"error":{"message":"no"}}\n\n'],
    ["the end", "data: [DONE]\n\n"],
    ["an empty text", chunk("")],
    ["a string that does not end", chunk("b").slice(0, 120)],
    ["a control character", chunk("b\u0001")],
    ["an escape that is none", chunk("b\\x")],
    ["a code that is none", chunk("b\\u00g0")],
    ["half an event", chunk("b").slice(0, -1)],
    ["two events", chunk("b") + chunk("c")],
    ["an event and a half", chunk("b") + chunk("c").slice(0, 30)],
    ["other line ends", chunk("b", { tail: "\r\n\r\n" })],
    ["more members", chunk('b","refusal":"no')],
    ["nothing", ""],
  ])("%s", (_name, text) => {
    expect(skim(taught(openaiChat, chunk("a")), text)).toBe(-1);
  });

  test("what is not UTF-8", () => {
    const tap = taught(openaiChat, chunk("a"));
    expect(tap.skim(Buffer.from(chunk("b\u00c3("), "latin1"))).toBe(-1);
  });

  test("padding that is none", () => {
    const tap = taught(openaiChat, chunk("a", { padding: "xY0" }));
    expect(skim(tap, chunk("b", { padding: 'x","error":"y' }))).toBe(-1);
    expect(skim(taught(anthropicMessages, delta("a")), delta("b", ',"index":1'))).toBe(-1);
  });

  test("once the stream has ended", () => {
    const openai = taught(openaiChat, chunk("a"));
    push(openai, "data: [DONE]\n\n");
    expect(skim(openai, chunk("b"))).toBe(-1);
    const anthropic = taught(anthropicMessages, delta("a"));
    push(anthropic, 'event: message_stop\ndata: {"type":"message_stop"}\n\n');
    expect(skim(anthropic, delta("b"))).toBe(-1);
  });

  test.each([
    ["a finish", chunk("b").replace('"finish_reason":null', '"finish_reason":"stop"')],
    ["usage", chunk("b").replace('"usage":null', '"usage":{"prompt_tokens":1,"completion_tokens":1}')],
    ["a key twice", chunk('b","content":"c')],
    [
      "a text that is no delta's",
      chunk("b").replace('"choices"', '"x":{"content":"c"},"choices"').replace('"b"', "[]"),
    ],
  ])("as it is where the example has %s", (_name, text) => {
    const tap = taught(openaiChat, text);
    const other = text.replace('"b"', '"bcd"');
    const skimmed = skim(tap, other);
    if (skimmed >= 0) expect(skimmed).toBe(push(tap, other).outputCharacters);
    if (_name !== "a key twice") expect(skimmed).toBe(-1);
  });
});

const folders = ["made/openai-chat", "made/anthropic-messages", "broken/openai-chat", "broken/anthropic-messages"];

test.each(folders.flatMap((folder) => listTestdata(folder, ".sse").map((name) => `${folder}/${name}.sse`)))(
  "%s is the same skimmed and read",
  (path) => {
    const dialect = path.includes("openai") ? openaiChat : anthropicMessages;
    const body = readTestdata(path);
    const { skimmed: _, ...result } = skimStream(dialect, body, true);
    let events: ReturnType<typeof readSse>;
    try {
      events = readSse([body]);
    } catch {
      return;
    }
    expect(result).toEqual(tapStream(dialect, events, true));
  },
);

test("nearly every event of a long answer is skimmed", () => {
  const body = Buffer.from(Array.from({ length: 40 }, (_, place) => chunk(`word ${place}`)).join(""));
  expect(skimStream(openaiChat, body).skimmed).toBe(39);
});

test("whatever is skimmed, reading it would have counted the same and changed nothing", () => {
  const strings = fc.string({ unit: "binary", maxLength: 12 }).map((text) => JSON.stringify(text).slice(1, -1));
  const noise = fc.constantFrom(
    "",
    '"',
    "\\",
    "\\u12",
    "}",
    '","finish_reason":"stop',
    '"},"finish_reason":"stop',
    "\n\n",
  );
  const text = fc.tuple(strings, noise, strings).map((parts) => parts.join(""));
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 2, maxLength: 6 }),
      fc.constantFrom(
        (each: string) => chunk(each),
        (each: string) => chunk(each, { padding: "aZ3" }),
        (each: string) => chunk("é", { delta: `"reasoning":"${each}",` }),
      ),
      (texts, frame) => {
        const skimming = openaiChat.createStreamTap({ hideUsageEvent: true });
        const reading = openaiChat.createStreamTap({ hideUsageEvent: true });
        for (const each of ["a", ...texts]) {
          const bytes = Buffer.from(frame(each));
          const item = decodeSseBlock(bytes);
          if (item?.kind !== "event") return;
          const skimmed = skimming.skim(bytes);
          const read = reading.push(item);
          if (skimmed >= 0) expect(read).toEqual({ forward: true, outputCharacters: skimmed, usage: undefined });
          else skimming.push(item, bytes);
          expect(skimming.end()).toEqual(reading.end());
          if (reading.ended) return;
        }
      },
    ),
  );
});
