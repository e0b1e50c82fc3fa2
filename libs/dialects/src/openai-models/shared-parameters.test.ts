import { expect, test } from "vitest";
import { createExtension } from "../extension.ts";
import { adoptOpenaiParameters } from "./shared-parameters.ts";

test.each([
  ["openai.chat", "verbosity", "low", "openai.responses", "text.verbosity", "low"],
  ["openai.responses", "text.verbosity", "low", "openai.chat", "verbosity", "low"],
  ["openai.responses", "prompt_cache_key", "k", "openai.chat", "prompt_cache_key", "k"],
  [
    "openai.chat",
    "tool_choice",
    {
      type: "allowed_tools",
      allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "now" } }] },
    },
    "openai.responses",
    "tool_choice",
    { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "now" }] },
  ],
  [
    "openai.responses",
    "tool_choice",
    {
      type: "allowed_tools",
      mode: "auto",
      tools: [
        { type: "custom", name: "patch" },
        { type: "mcp", server_label: "x" },
      ],
    },
    "openai.chat",
    "tool_choice",
    {
      type: "allowed_tools",
      allowed_tools: {
        mode: "auto",
        tools: [
          { type: "custom", custom: { name: "patch" } },
          { type: "mcp", server_label: "x" },
        ],
      },
    },
  ],
] as const)("%s: %s is known to %s", (from, field, value, to, adopted, expected) => {
  expect(adoptOpenaiParameters([createExtension(from, field, value)], to)).toEqual([
    createExtension(to, adopted, expected),
  ]);
});

test("what only one of them has stays its own", () => {
  const extensions = [
    createExtension("openai.chat", "web_search_options", {}),
    createExtension("openai.responses", "tool_choice", { type: "file_search" }),
    createExtension("anthropic.messages", "verbosity", "low"),
  ];
  expect(adoptOpenaiParameters(extensions, "openai.responses")).toEqual(extensions);
  expect(adoptOpenaiParameters(extensions, "openai.chat")).toEqual(extensions);
});
