import { create } from "@bufbuild/protobuf";
import { ChatRequestSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import type { JsonObject } from "@sluice/dialects";
import { expect, test } from "vitest";
import { asksForServerTools } from "./server-tools.ts";

const body = (json: JsonObject) =>
  asksForServerTools({ kind: "body", dialect: "openai.chat", bytes: new Uint8Array(), json, headers: {} });

test("functions and free-text tools are the caller's own", () => {
  expect(body({})).toBe(false);
  expect(body({ tools: [{ type: "function", function: { name: "f" } }, { type: "custom" }] })).toBe(false);
  expect(body({ tools: [{ name: "f", input_schema: {} }] })).toBe(false);
  expect(body({ tools: [null] })).toBe(false);
});

test("what the provider runs is told by its type, or by an option", () => {
  expect(body({ tools: [{ name: "f" }, { type: "web_search_20250305", name: "web_search" }] })).toBe(true);
  expect(body({ web_search_options: {} })).toBe(true);
  expect(body({ mcp_servers: [] })).toBe(true);
});

test("of Gemini's tools, which have no type, declared functions alone are the caller's own", () => {
  expect(body({ tools: [{ functionDeclarations: [{ name: "f" }] }, { function_declarations: [] }] })).toBe(false);
  expect(body({ tools: [{ functionDeclarations: [] }, { googleSearch: {} }] })).toBe(true);
  expect(body({ tools: [{ functionDeclarations: [], codeExecution: {} }] })).toBe(true);
});

test("typed requests say so", () => {
  const chat = (kind: "server" | "function") =>
    create(ChatRequestSchema, {
      tools: [
        kind === "server"
          ? { kind: { case: "server", value: { dialect: "anthropic.messages", type: "web_search" } } }
          : { kind: { case: "function", value: { name: "f" } } },
      ],
    });
  expect(asksForServerTools({ kind: "chat", chat: chat("server") })).toBe(true);
  expect(asksForServerTools({ kind: "chat", chat: chat("function") })).toBe(false);
});
