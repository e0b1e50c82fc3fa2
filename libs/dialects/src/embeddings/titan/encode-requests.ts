import type { JsonObject } from "../../dialect.ts";
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
  refuseTokens,
  textOf,
} from "../embedding-crossing.ts";
import type { EncodedEmbeddingRequests, EncodeEmbeddingOptions } from "../embedding-dialect.ts";
import { hasImage } from "../embedding-facts.ts";
import type { EmbeddingInput, EmbeddingRequest } from "../embedding-request.ts";
import { readTitanTraits } from "./model-traits.ts";

/** One call for each input: Titan takes one. */
export function encodeRequests(request: EmbeddingRequest, { model }: EncodeEmbeddingOptions): EncodedEmbeddingRequests {
  const crossing = createEmbeddingCrossing(request, "bedrock.titan_embed");
  const traits = readTitanTraits(model);
  refuseTokens(crossing);
  refuseOtherEncodings(crossing);
  dropTitles(crossing);
  dropParameters(crossing, [
    "task",
    "truncate",
    "maxInputTokens",
    "endUser",
    ...(traits.normalize ? [] : (["normalize"] as const)),
  ]);
  if (!traits.pictures && request.inputs.some(hasImage)) {
    crossing.refuse("input", "a picture, expected text: the model embeds text alone");
  }
  const dimensions = fitDimensions(crossing, traits.dimensions);
  const bodies = groupInputs(crossing, 1).map(([input]) =>
    finishBody(crossing, {
      ...(input !== undefined && encodeInput(input, crossing)),
      ...(dimensions !== undefined &&
        (traits.pictures ? { embeddingConfig: { outputEmbeddingLength: dimensions } } : { dimensions })),
      ...(request.normalize !== undefined && traits.normalize && { normalize: request.normalize }),
    }),
  );
  return finishCrossing(crossing, bodies, "");
}

function encodeInput(input: EmbeddingInput, crossing: EmbeddingCrossing): JsonObject {
  const pictures = input.content.kind === "parts" ? input.content.parts.filter(({ kind }) => kind === "image") : [];
  if (pictures.length > 1) crossing.refuse("input", `${pictures.length} pictures in one input, expected one at most`);
  const text = textOf(input, crossing);
  const [picture] = pictures;
  if (picture?.kind !== "image") return { inputText: text };
  const data = /^data:[^,]*;base64,(.*)$/s.exec(picture.url)?.[1];
  if (data === undefined) crossing.refuse("input", "a picture by its address, expected its bytes in a data URL");
  return { ...(text !== "" && { inputText: text }), inputImage: data ?? "" };
}
