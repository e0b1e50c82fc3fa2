import type { FakeProvider } from "@sluice/testing";

/** What `sluice.yaml` holds, as far as the tests write it. */
export type SluiceConfig = {
  readonly providers?: readonly ProviderInit[];
  readonly routes?: readonly RouteInit[];
  readonly teams?: readonly { readonly name: string; readonly models: readonly string[] }[];
  readonly keys?: readonly KeyInit[];
  readonly budgets?: readonly BudgetInit[];
  readonly cache?: { readonly exact: { readonly ttl: string }; readonly share?: "key" | "team" | "organization" };
};

export type ProviderInit = {
  readonly name: string;
  readonly kind?: string;
  readonly aws?: Readonly<Record<string, string>>;
  readonly base_url: string;
  readonly api_keys?: readonly string[];
  readonly timeouts?: Readonly<Partial<Record<"connect" | "first_token" | "idle" | "total", string>>>;
  readonly models?: readonly ModelInit[];
};

export type ModelInit = {
  readonly name: string;
  readonly context_window?: number;
  readonly max_output_tokens?: number;
  readonly price?: { readonly input_usd_per_mtok: string; readonly output_usd_per_mtok: string };
};

export type RouteInit = {
  readonly name: string;
  readonly targets: readonly { readonly model: string }[];
  readonly retry?: { readonly attempts?: number; readonly on?: readonly string[] };
  readonly parameters?: "adapt" | "strict" | "passthrough";
};

export type KeyInit = {
  readonly name: string;
  readonly team: string;
  readonly secret: string;
  readonly expires?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly capture?: "raw";
};

export type BudgetInit = {
  readonly name: string;
  readonly scope?: Readonly<Partial<Record<"team" | "key" | "user" | "route" | "model" | "provider" | "tag", string>>>;
  readonly limit_usd: string;
  readonly window: "minute" | "hour" | "day" | "week" | "month";
};

/** A dollar for a million tokens in, two for a million out: a thousand nano-dollars a token, and two thousand. */
export const testPrice = { input_usd_per_mtok: "1", output_usd_per_mtok: "2" } as const;
export const inputNanos = 1_000n;
export const outputNanos = 2_000n;

/** A model that the catalogue does not know, at the test price. */
export function testModel(name: string): ModelInit {
  return { name, context_window: 200_000, max_output_tokens: 4_096, price: testPrice };
}

/** Both providers' names, at the fake. */
export function fakeProviders(fake: FakeProvider, models: readonly string[] = []): readonly ProviderInit[] {
  const declared = models.map(testModel);
  return [
    { name: "openai", base_url: fake.openaiBaseUrl, api_keys: ["sk-upstream-openai"], models: declared },
    { name: "anthropic", base_url: fake.anthropicBaseUrl, api_keys: ["sk-upstream-anthropic"], models: declared },
  ];
}

/** A provider of each of the big makers' APIs, at the fake, with the model that tests ask there. */
export function everyProvider(fake: FakeProvider): readonly ProviderInit[] {
  const models = (name: string) => [testModel(name)];
  return [
    { name: "openai", base_url: fake.openaiBaseUrl, api_keys: ["sk-upstream-openai"], models: models("gpt-5.5") },
    {
      name: "anthropic",
      base_url: fake.anthropicBaseUrl,
      api_keys: ["sk-upstream"],
      models: models("claude-sonnet-5"),
    },
    {
      name: "gemini",
      base_url: fake.geminiBaseUrl,
      api_keys: ["AIza-upstream"],
      models: models("gemini-3-pro-preview"),
    },
    {
      name: "bedrock",
      base_url: fake.url,
      aws: { region: "us-east-1", access_key_id: "AKIAFAKE", secret_access_key: "fake-secret" },
      models: models("us.anthropic.claude-sonnet-4-20250514-v1:0"),
    },
    { name: "cohere", base_url: fake.url, api_keys: ["co-upstream"], models: models("command-a-03-2025") },
    {
      name: "local",
      kind: "openai_compatible",
      base_url: fake.openaiBaseUrl,
      api_keys: ["sk-upstream-local"],
      models: models("gpt-4o-mini"),
    },
  ];
}

/** One model of each of `everyProvider`. */
export const everyModel = [
  "openai/gpt-5.5",
  "anthropic/claude-sonnet-5",
  "gemini/gemini-3-pro-preview",
  "bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0",
  "cohere/command-a-03-2025",
  "local/gpt-4o-mini",
] as const;

export const researchKey = "test-key-of-research-000001";
export const opsKey = "test-key-of-ops-00000000001";

/** Two teams that may call everything, with a key each. */
export const twoTeams = {
  teams: [
    { name: "research", models: ["*"] },
    { name: "ops", models: ["*"] },
  ],
  keys: [
    { name: "notebooks", team: "research", secret: researchKey },
    { name: "pipelines", team: "ops", secret: opsKey },
  ],
} as const satisfies Partial<SluiceConfig>;
