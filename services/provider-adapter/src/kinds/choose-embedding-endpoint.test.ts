import { expect, test } from "vitest";
import { chooseEmbeddingEndpoint } from "./choose-embedding-endpoint.ts";
import type { EmbeddingEndpoint } from "./provider-kind.ts";

const titan: EmbeddingEndpoint = { dialect: "bedrock.titan_embed", path: "/invoke", models: /titan/ };
const cohere: EmbeddingEndpoint = { dialect: "bedrock.cohere_embed", path: "/invoke", models: /cohere/ };
const single: EmbeddingEndpoint = { dialect: "gemini.embed", path: "/{operation}", operations: ["embedContent"] };
const openai: EmbeddingEndpoint = { dialect: "openai.embeddings", path: "/embeddings" };

test.each<[readonly EmbeddingEndpoint[], string, string, string, EmbeddingEndpoint | undefined, boolean]>([
  [[titan, cohere], "openai.embeddings", "", "cohere.embed-v4:0", cohere, false],
  [[titan, cohere], "openai.embeddings", "", "amazon.titan-embed-text-v2:0", titan, false],
  [[titan, cohere], "openai.embeddings", "", "meta.llama", undefined, false],
  [[openai, single], "gemini.embed", "embedContent", "m", single, true],
  [[single], "gemini.embed", "batchEmbedContents", "m", single, false],
  [[single, openai], "openai.embeddings", "", "m", openai, true],
  [[], "openai.embeddings", "", "m", undefined, false],
])("case %#", (endpoints, dialect, operation, model, endpoint, sameDialect) => {
  const chosen = chooseEmbeddingEndpoint(endpoints, dialect, operation, model);
  expect(chosen).toEqual(endpoint && { endpoint, sameDialect });
});
