import { create } from "@bufbuild/protobuf";
import { ChatRequestSchema, ServerToolSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import { describe, expect, test } from "vitest";
import { liftWebSearchOptions, readWebSearch } from "./web-search.ts";

const place = { city: "Oslo", country: "NO" };
const read = (dialect: string, type: string, tool: object) =>
  readWebSearch(create(ServerToolSchema, { dialect, type, json: JSON.stringify(tool) }));

const nothing = {
  allowedDomains: [],
  blockedDomains: [],
  location: undefined,
  maxUses: undefined,
  contextSize: undefined,
  rest: [],
};

describe("a search of the web", () => {
  test.each([
    [
      "openai.chat",
      "web_search_options",
      { search_context_size: "low", user_location: { type: "approximate", approximate: place } },
      { ...nothing, contextSize: "low", location: place },
    ],
    [
      "openai.responses",
      "web_search",
      {
        type: "web_search",
        filters: { allowed_domains: ["a.org"] },
        user_location: { type: "approximate", ...place },
        external_web_access: false,
      },
      { ...nothing, allowedDomains: ["a.org"], location: place, rest: ["external_web_access"] },
    ],
    ["openai.responses", "web_search_preview_2025_03_11", { type: "web_search_preview_2025_03_11" }, nothing],
    [
      "anthropic.messages",
      "web_search_20250305",
      {
        type: "web_search_20250305",
        name: "web_search",
        max_uses: 3,
        blocked_domains: ["b.org"],
        user_location: { type: "approximate", ...place, region: null },
      },
      { ...nothing, maxUses: 3, blockedDomains: ["b.org"], location: place },
    ],
    ["gemini.generate", "google_search", { google_search: {} }, nothing],
    [
      "gemini.generate",
      "googleSearch",
      { googleSearch: { excludeDomains: ["b.org"], searchTypes: { webSearch: {} } } },
      { ...nothing, blockedDomains: ["b.org"], rest: ["searchTypes"] },
    ],
  ])("of %s: %s", (dialect, type, tool, expected) => {
    expect(read(dialect, type, tool)).toEqual(expected);
  });

  test.each([
    ["openai.responses", "file_search"],
    ["openai.responses", "web_search_20250305x"],
    ["anthropic.messages", "web_fetch_20250910"],
    ["cohere.chat", "web_search"],
  ])("is not %s's %s", (dialect, type) => {
    expect(read(dialect, type, {})).toBeUndefined();
  });
});

test("Chat's options are a tool to the others", () => {
  const json = '{"search_context_size":"low"}';
  const request = create(ChatRequestSchema, {
    model: "chat",
    extensions: [
      { dialect: "openai.chat", field: "web_search_options", json },
      { dialect: "openai.chat", field: "store", json: "true" },
    ],
  });
  const lifted = liftWebSearchOptions(request);
  expect(lifted.tools.map(({ kind }) => kind.value)).toMatchObject([
    { dialect: "openai.chat", type: "web_search_options", json },
  ]);
  expect(lifted.extensions.map(({ field }) => field)).toEqual(["store"]);
  expect(liftWebSearchOptions(lifted)).toBe(lifted);
});
