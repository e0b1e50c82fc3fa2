import type { JsonValue } from "../../dialect.ts";
import {
  createEmbeddingCrossing,
  dropParameters,
  dropTitles,
  type EmbeddingCrossing,
  finishBody,
  finishCrossing,
  fitDimensions,
  groupInputs,
  refuseOtherEncodings,
  textOf,
} from "../embedding-crossing.ts";
import type { EncodedEmbeddingRequests, EncodeEmbeddingOptions } from "../embedding-dialect.ts";
import { hasImage } from "../embedding-facts.ts";
import type { EmbeddingInput, EmbeddingRequest } from "../embedding-request.ts";

/** The most inputs of one call (types of OpenAI's SDK 7.57.0, seen 2026-11-22). */
const inputsPerCall = 2_048;

export function encodeRequests(request: EmbeddingRequest, { model }: EncodeEmbeddingOptions): EncodedEmbeddingRequests {
  const crossing = createEmbeddingCrossing(request, "openai.embeddings");
  refuseOtherEncodings(crossing);
  if (request.inputs.some(hasImage))
    crossing.refuse("input", "a picture, expected text: the provider embeds text alone");
  dropTitles(crossing);
  dropParameters(crossing, ["task", "truncate", "maxInputTokens", "normalize"]);
  const [format] = request.encodings;
  // The first of OpenAI's models has one length; `dimensions` came with those after it.
  const dimensions = fitDimensions(crossing, /ada-002/.test(model) ? [1_536] : undefined);
  const bodies = groupInputs(crossing, inputsPerCall).map((inputs) =>
    finishBody(crossing, {
      model,
      input: encodeInputs(inputs, crossing),
      ...(format !== undefined && request.encodings.length === 1 && { encoding_format: format }),
      ...(dimensions !== undefined && { dimensions }),
      ...(request.endUser !== undefined && { user: request.endUser }),
    }),
  );
  return finishCrossing(crossing, bodies, "");
}

/** One input as itself, several as a list. */
function encodeInputs(inputs: readonly EmbeddingInput[], crossing: EmbeddingCrossing): JsonValue {
  const encoded = inputs.map(
    (input): JsonValue => (input.content.kind === "tokens" ? input.content.tokens : textOf(input, crossing)),
  );
  return encoded.length === 1 ? (encoded[0] ?? "") : encoded;
}
