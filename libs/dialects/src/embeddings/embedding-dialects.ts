import { bedrockCohereEmbed, cohereEmbed } from "./cohere/index.ts";
import type { EmbeddingDialect, EmbeddingDialectName } from "./embedding-dialect.ts";
import { geminiEmbed } from "./gemini/index.ts";
import { openaiEmbeddings } from "./openai/index.ts";
import { bedrockTitanEmbed } from "./titan/index.ts";

/** Every dialect of embeddings, by its name. */
export const embeddingDialects: Readonly<Record<EmbeddingDialectName, EmbeddingDialect>> = {
  "openai.embeddings": openaiEmbeddings,
  "gemini.embed": geminiEmbed,
  "cohere.embed": cohereEmbed,
  "bedrock.titan_embed": bedrockTitanEmbed,
  "bedrock.cohere_embed": bedrockCohereEmbed,
};

/** Undefined where no dialect of embeddings has this name. */
export function embeddingDialectByName(name: string): EmbeddingDialect | undefined {
  return Object.hasOwn(embeddingDialects, name) ? embeddingDialects[name as EmbeddingDialectName] : undefined;
}
