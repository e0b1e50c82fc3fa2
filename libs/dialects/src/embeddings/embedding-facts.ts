import type { Parsed } from "../dialect.ts";
import { imageAllowance, requestAllowance, textBytes } from "../input-allowance.ts";
import type { EmbeddingFacts } from "./embedding-dialect.ts";
import type { EmbeddingInput, EmbeddingRequest } from "./embedding-request.ts";

/** Frames one input: the tokens that open and close it, and those that say its task. */
const inputAllowance = 32;

/** What the router must know of a request, of the request as read. */
export function factsOf(read: Parsed<EmbeddingRequest>): Parsed<EmbeddingFacts> {
  if (read.kind === "invalid") return read;
  const { model, inputs, endUser } = read.value;
  let inputTokensAtMost = requestAllowance;
  for (const input of inputs) inputTokensAtMost += inputAllowance + tokensAtMost(input);
  const pictured = inputs.some(hasImage);
  return {
    kind: "valid",
    value: {
      model,
      inputCount: inputs.length,
      inputTokensAtMost,
      inputModalities: pictured ? ["text", "image"] : ["text"],
      endUser,
    },
  };
}

function tokensAtMost({ content, title }: EmbeddingInput): number {
  const titleTokens = title === undefined ? 0 : textBytes(title);
  switch (content.kind) {
    case "text":
      return titleTokens + textBytes(content.text);
    case "tokens":
      return titleTokens + content.tokens.length;
    case "parts":
      return content.parts.reduce(
        (sum, part) => sum + (part.kind === "text" ? textBytes(part.text) : imageAllowance),
        titleTokens,
      );
  }
}

export function hasImage({ content }: EmbeddingInput): boolean {
  return content.kind === "parts" && content.parts.some(({ kind }) => kind === "image");
}
