import { create } from "@bufbuild/protobuf";
import { BillingUnit } from "@sluice/api/sluice/common/v1/price";
import { ModelSchema } from "@sluice/api/sluice/provider/v1/model";
import { expect, test } from "vitest";
import { modelForms } from "./model-forms.ts";

const deployment = create(ModelSchema, {
  name: "openai/gpt",
  provider: "openai",
  upstreamModel: "gpt",
  contextWindow: 128_000,
  maxOutputTokens: 16_384,
  inputModalities: ["text", "image"],
  capabilities: ["tools"],
  region: "eu",
  zeroRetention: true,
  price: {
    version: "v",
    source: "test",
    tiers: [
      {
        minInputTokens: 0,
        rates: [
          { unit: BillingUnit.INPUT_TOKEN, usdNanosPerMillion: 150_000_000n },
          { unit: BillingUnit.OUTPUT_TOKEN, usdNanosPerMillion: 600_000_000n },
        ],
      },
    ],
  },
});
const model = { name: "openai/gpt", route: false, deployments: [deployment] };
const route = { name: "chat", route: true, deployments: [deployment] };

test("OpenAI's form, with what is known of the model", () => {
  expect(modelForms.openai.one(model)).toEqual({
    id: "openai/gpt",
    object: "model",
    created: 0,
    owned_by: "openai",
    context_window: 128_000,
    max_output_tokens: 16_384,
    input_modalities: ["text", "image"],
    capabilities: ["tools"],
    region: "eu",
    zero_retention: true,
    pricing: [{ min_input_tokens: 0, usd_per_million: { input_token: "0.15", output_token: "0.60" } }],
  });
  expect(modelForms.openai.one(route)).toMatchObject({ owned_by: "sluice", targets: ["openai/gpt"] });
});

test("Anthropic's and Google's forms name the same models", () => {
  expect(modelForms.anthropic.list([model, route])).toMatchObject({
    data: [{ type: "model", id: "openai/gpt" }, { id: "chat" }],
    has_more: false,
    first_id: "openai/gpt",
    last_id: "chat",
  });
  expect(modelForms.gemini.list([model])).toEqual({
    models: [
      {
        name: "models/openai/gpt",
        version: "",
        displayName: "openai/gpt",
        inputTokenLimit: 128_000,
        outputTokenLimit: 16_384,
        supportedGenerationMethods: ["generateContent", "streamGenerateContent", "countTokens"],
      },
    ],
  });
});

test("nothing is said of what is not known", () => {
  const unknown = create(ModelSchema, { name: "local/x", provider: "local", upstreamModel: "x" });
  expect(modelForms.openai.one({ name: "local/x", route: false, deployments: [unknown] })).toEqual({
    id: "local/x",
    object: "model",
    created: 0,
    owned_by: "local",
  });
});
