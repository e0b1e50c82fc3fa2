import { describe, expect, test } from "vitest";
import { chooseEndpoint } from "./choose-endpoint.ts";
import { kinds } from "./kinds.ts";
import { fillTemplate, resolveEndpoints, resolvePath, trimBasePath } from "./resolve-endpoints.ts";

describe("a base URL", () => {
  test.each([
    ["anthropic", "/v1", ""],
    ["anthropic", "/proxy/v1/", "/proxy"],
    ["openai", "/v1", "/v1"],
    ["ollama", "/v1", ""],
    ["azure", "/openai/v1/", ""],
    ["azure", "/openai", ""],
    ["moonshot", "/v1", "/v1"],
    ["vertex", "/", ""],
  ] as const)("of %s may be given as %s, which is %s below the kind's own paths", (name, given, trimmed) => {
    expect(trimBasePath(kinds[name], given)).toBe(trimmed);
  });
});

describe("a path below a base URL", () => {
  test.each([
    ["/v1", "/chat/completions", "/v1/chat/completions"],
    ["", "/v1/messages", "/v1/messages"],
    ["/proxy", "/v1/messages", "/proxy/v1/messages"],
    ["/compatible-mode/v1", "../../apps/anthropic/v1/messages", "/apps/anthropic/v1/messages"],
    ["", "../../apps/anthropic/v1/messages", "/apps/anthropic/v1/messages"],
  ])("%s and %s are %s", (base, path, whole) => {
    expect(resolvePath(base, path, {})).toBe(whole);
  });

  test("holds values encoded, and leaves the model for the call", () => {
    expect(resolvePath("", "/p/{project}/{model}:x?v={version}", { project: "a/b", version: "1" })).toBe(
      "/p/a%2Fb/{model}:x?v=1",
    );
  });

  test("is none where a value is missing", () => {
    expect(resolvePath("", "/p/{project}", {})).toBeUndefined();
    expect(fillTemplate("https://{account}.example", { account: "" })).toBeUndefined();
  });
});

describe("Azure", () => {
  const paths = (values: Record<string, string>) =>
    resolveEndpoints(kinds.azure, "", values).map(({ dialect, path }) => `${dialect} ${path}`);

  test("is asked by the API without versions where none is said", () => {
    expect(paths({ resource: "acme" })).toContain("openai.chat /openai/v1/chat/completions");
  });

  test("is asked under the version that is said, by deployment", () => {
    const versioned = paths({ resource: "acme", api_version: "2025-04-01-preview" });
    const chat = versioned.filter((path) => path.startsWith("openai.chat"));
    expect(chat).toEqual(["openai.chat /openai/deployments/{model}/chat/completions?api-version=2025-04-01-preview"]);
  });
});

describe("Vertex AI", () => {
  const endpoints = resolveEndpoints(kinds.vertex, "", { project: "p", location: "global", host: "h" });

  test("is asked for Claude in Anthropic's words, whatever the client's", () => {
    const chosen = chooseEndpoint(endpoints, "openai.chat", "claude-sonnet-4-5@20250929");
    expect(chosen).toMatchObject({
      dialect: "anthropic.messages",
      path: "/v1/projects/p/locations/global/publishers/anthropic/models/{model}:rawPredict",
      frame: { omit: ["model"] },
    });
  });

  test("is asked for models of others by its OpenAI-compatible endpoint", () => {
    expect(chooseEndpoint(endpoints, "anthropic.messages", "meta/llama-4-scout")).toMatchObject({
      dialect: "openai.chat",
    });
  });
});

test("a provider that speaks the client's dialect is asked in it, any other in its first", () => {
  const endpoints = resolveEndpoints(kinds.openrouter, "/api/v1", {});
  expect(chooseEndpoint(endpoints, "anthropic.messages", "m")?.path).toBe("/api/v1/messages");
  expect(chooseEndpoint(endpoints, "unknown", "m")?.path).toBe("/api/v1/chat/completions");
  expect(chooseEndpoint([], "openai.chat", "m")).toBeUndefined();
});
