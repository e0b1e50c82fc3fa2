import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ConfigSchema } from "@sluice/api/sluice/config/v1/config";
import { createManualClock } from "@sluice/runtime";
import { describe, expect, test } from "vitest";
import { buildProviders } from "./build-providers.ts";
import { bundledPriceList } from "./catalogue/price-list.ts";
import { describeProviders } from "./describe.ts";
import { catalogueIds, type KindName, kindNames, kinds } from "./kinds/kinds.ts";
import type { HttpProvider } from "./provider.ts";

const clock = createManualClock(Date.UTC(2026, 10, 22));
const prices = bundledPriceList(catalogueIds);

type Given = {
  readonly config?: MessageInitShape<typeof ConfigSchema>;
  readonly env?: Readonly<Record<string, string>>;
  readonly found?: ReadonlyMap<KindName, { readonly models: readonly string[] }>;
};

function build({ config = {}, env = {}, found = new Map() }: Given) {
  return buildProviders({ config: create(ConfigSchema, config), env, clock, prices, found, credentials: new Map() });
}

function http(built: ReturnType<typeof build>, name: string): HttpProvider {
  const provider = built.providers.get(name);
  if (provider?.via !== "http") throw new Error(`there is no provider ${name}`);
  return provider;
}

/** The least that an environment says of a kind. */
function environmentOf(name: KindName): Record<string, string> {
  const kind = kinds[name];
  const presence = (kind.presenceVariables ?? kind.keyVariables)[0];
  const address = kind.baseUrl === undefined ? kind.baseUrlVariables : [];
  const values = (kind.values ?? []).filter((value) => value.fallback === undefined && value.name !== "api_version");
  return Object.fromEntries(
    [presence, address[0], ...values.map((value) => value.variables[0])]
      .filter((variable) => variable !== undefined)
      .map((variable) => [variable, /HOST|URL|ENDPOINT/.test(variable) ? "https://acme.example" : "acme"]),
  );
}

const fromEnvironment = kindNames.filter((name) => Object.keys(environmentOf(name)).length > 0);

describe("the environment", () => {
  test("names nobody where it says nothing", () => {
    expect([...build({}).providers.keys()]).toEqual(["simulator"]);
  });

  test.each(fromEnvironment)("makes %s be there by its own variables", (name) => {
    const built = build({ env: environmentOf(name) });
    const provider = http(built, name);
    expect(built.warnings).toEqual([]);
    for (const { path, streamPath } of [...provider.endpoints, ...provider.embeddings, ...provider.counting] as {
      path: string;
      streamPath?: string;
    }[]) {
      expect(`${provider.origin}${path}${streamPath ?? ""}`).not.toMatch(/\{(?!model\}|operation\})|undefined/);
    }
  });

  test("makes no provider of a key whose account it does not say, and tells what to set", () => {
    const built = build({ env: { CLOUDFLARE_API_TOKEN: "key", DATABRICKS_TOKEN: "key" } });
    expect([...built.providers.keys()]).toEqual(["simulator"]);
    expect(built.problems).toEqual([]);
    expect(built.warnings).toEqual([
      "databricks is not there: set base_url or DATABRICKS_HOST",
      "cloudflare is not there: set values.account or CLOUDFLARE_ACCOUNT_ID or CF_ACCOUNT_ID",
    ]);
  });

  test.each([
    ["DATABRICKS_HOST", "adb-1.azuredatabricks.net", "databricks", "https://adb-1.azuredatabricks.net"],
    ["OLLAMA_HOST", "0.0.0.0", "ollama", "http://127.0.0.1:11434"],
    ["OLLAMA_HOST", "gpu:1234", "ollama", "http://gpu:1234"],
    ["OLLAMA_HOST", "https://ollama.example/", "ollama", "https://ollama.example"],
  ])("says by %s=%s where %s is", (variable, value, name, origin) => {
    expect(http(build({ env: { DATABRICKS_TOKEN: "key", [variable]: value } }), name).origin).toBe(origin);
  });
});

describe("the configuration", () => {
  test("wins over the environment, and takes from it what it does not say", () => {
    const built = build({
      config: { providers: [{ name: "cloudflare", kind: "cloudflare", values: { account: "ours" } }] },
      env: { CLOUDFLARE_API_TOKEN: "key", CLOUDFLARE_ACCOUNT_ID: "theirs" },
    });
    const provider = http(built, "cloudflare");
    expect(provider.endpoints[0]?.path).toBe("/client/v4/accounts/ours/ai/v1/chat/completions");
    const call = { method: "POST", origin: provider.origin, path: "/", body: new Uint8Array() };
    expect(provider.credentials.authorize(call)).toMatchObject({ headers: ["authorization", "Bearer key"] });
  });

  test("is refused where it leaves out what a kind cannot be called without", () => {
    const built = build({
      config: {
        providers: [
          { name: "a", kind: "azure" },
          { name: "s", kind: "snowflake" },
        ],
      },
    });
    expect(built.problems).toEqual([
      "provider a: set azure.resource or AZURE_RESOURCE_NAME",
      "provider s: set values.account or SNOWFLAKE_ACCOUNT or SNOWFLAKE_ACCOUNT_ID",
    ]);
  });

  test("says the dialects, their order, and headers for every call", () => {
    const provider = http(
      build({
        config: {
          providers: [
            {
              name: "own",
              kind: "openai_compatible",
              baseUrl: "http://127.0.0.1:9/v1",
              dialects: ["openai.responses", "openai.chat"],
              headers: { "x-proxy": "p" },
            },
          ],
        },
      }),
      "own",
    );
    expect(provider.endpoints.map(({ dialect }) => dialect)).toEqual(["openai.responses", "openai.chat"]);
    expect(provider.dialect).toBe("openai.responses");
    expect(provider.headers).toEqual(["x-proxy", "p"]);
  });

  test("asks a compatible server in its usual dialect alone where it does not say more", () => {
    const config = { providers: [{ name: "own", kind: "openai_compatible", baseUrl: "http://127.0.0.1:9/v1" }] };
    expect(http(build({ config }), "own").endpoints.map(({ dialect }) => dialect)).toEqual(["openai.chat"]);
  });

  test("declares models with what they can do, over what the catalogue says", () => {
    const config = {
      providers: [
        {
          name: "openai",
          models: [
            { name: "gpt-4o", capabilities: ["reasoning"], displayName: "Ours" },
            { name: "ours", inputModalities: ["text", "image"], outputModalities: ["image"], capabilities: ["tools"] },
          ],
        },
      ],
    };
    const models = new Map(http(build({ config }), "openai").models.map((model) => [model.name, model]));
    expect(models.get("openai/gpt-4o")).toMatchObject({ capabilities: ["reasoning"], displayName: "Ours" });
    expect(models.get("openai/gpt-4o")?.price).toBeDefined();
    expect(models.get("openai/ours")).toMatchObject({
      inputModalities: ["text", "image"],
      outputModalities: ["image"],
      capabilities: ["tools"],
    });
  });

  test("keeps the credential of a provider that it leaves as it was", () => {
    const given = (models: string[]) => ({
      config: create(ConfigSchema, {
        providers: [{ name: "w", kind: "watsonx", apiKeys: ["key"], models: models.map((name) => ({ name })) }],
      }),
      env: {},
      clock,
      prices,
      found: new Map(),
    });
    const first = buildProviders({ ...given(["a"]), credentials: new Map() });
    const second = buildProviders({ ...given(["a", "b"]), credentials: first.credentials });
    expect(http(second, "w").credentials).toBe(http(first, "w").credentials);
  });
});

describe("servers that were found", () => {
  const found = new Map([["ollama" as const, { models: ["llama3.3:70b", "nomic-embed-text"] }]]);

  test("are there with the models that they list", () => {
    const provider = http(build({ found }), "ollama");
    expect(provider.models.map(({ name, dialect }) => [name, dialect])).toEqual([
      ["ollama/llama3.3:70b", "openai.chat"],
      ["ollama/nomic-embed-text", ""],
    ]);
  });

  test("are as the configuration says where it names them", () => {
    const config = { providers: [{ name: "ollama", baseUrl: "http://gpu:11434" }] };
    expect(http(build({ found, config }), "ollama").origin).toBe("http://gpu:11434");
  });
});

describe("with every provider configured", () => {
  const env = Object.assign({}, ...fromEnvironment.map(environmentOf)) as Record<string, string>;
  const { providers } = build({ env });
  const { models } = describeProviders(providers);

  test("over a thousand models are listed, each once, most with limits and prices", () => {
    const names = new Set(models.map((model) => model.name));
    const share = (has: (model: (typeof models)[number]) => boolean) => models.filter(has).length / models.length;
    expect(names.size).toBe(models.length);
    expect(models.length).toBeGreaterThan(1_300);
    expect(share((model) => model.price !== undefined)).toBeGreaterThan(0.8);
    expect(share((model) => model.contextWindow !== undefined)).toBeGreaterThan(0.6);
    expect(share((model) => model.inputModalities.length > 0)).toBeGreaterThan(0.45);
  });

  test.each([
    ["fireworks/accounts/fireworks/models/deepseek-v3p2", "is named as it is called"],
    ["huggingface/deepseek-ai/DeepSeek-V3:novita", "is priced at the provider that its name says"],
    ["openai/text-embedding-3-small", "embeds and is priced by its input alone"],
    ["vertex/claude-sonnet-4-5", "is of another maker"],
    ["azure/gpt-4o", "is listed under its maker"],
  ])("%s %s", (name) => {
    const model = models.find((each) => each.name.toLowerCase() === name.toLowerCase());
    expect(model, name).toBeDefined();
    expect(model?.price?.tiers.length).toBeGreaterThan(0);
  });

  test("says the dialect in which each model is asked", () => {
    const dialectOf = (name: string) => models.find((model) => model.name === name)?.dialect;
    expect(dialectOf("vertex/claude-sonnet-4-5")).toBe("anthropic.messages");
    expect(dialectOf("vertex/gemini-2.5-pro")).toBe("gemini.generate");
    expect(dialectOf("openai/text-embedding-3-small")).toBe("");
  });
});
