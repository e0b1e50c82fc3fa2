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
  refuseTokens,
  textOf,
} from "../embedding-crossing.ts";
import type { EncodedEmbeddingRequests, EncodeEmbeddingOptions } from "../embedding-dialect.ts";
import { hasImage } from "../embedding-facts.ts";
import type { EmbeddingEncoding, EmbeddingInput, EmbeddingPart, EmbeddingRequest } from "../embedding-request.ts";
import { readEmbedTraits } from "./model-traits.ts";
import { taskWords } from "./task-words.ts";
import type { CohereVariant } from "./variant.ts";

/** The most inputs of one call (comments of the SDK's types, npm `cohere-ai` 8.1.0, seen 2026-11-22). */
const inputsPerCall = 96;

export function encodeRequests(
  request: EmbeddingRequest,
  { model }: EncodeEmbeddingOptions,
  variant: CohereVariant,
): EncodedEmbeddingRequests {
  const crossing = createEmbeddingCrossing(request, variant.name);
  const traits = readEmbedTraits(model);
  refuseTokens(crossing);
  dropTitles(crossing);
  dropParameters(crossing, ["normalize", "endUser"]);
  const types = encodeTypes(crossing, variant);
  const dimensions = fitDimensions(crossing, traits.dimensions);
  const pictured = request.inputs.some(hasImage);
  const alone = pictured && !traits.mixedInputs;
  const common: JsonObject = {
    ...(variant.namesModel && { model }),
    ...encodeInputType(crossing, alone),
    ...(types.length > 0 && { embedding_types: types }),
    ...(dimensions !== undefined && { output_dimension: dimensions }),
    ...(request.maxInputTokens !== undefined && { max_tokens: request.maxInputTokens }),
    ...(request.truncate !== undefined && { truncate: encodeTruncate(request.truncate, model, variant) }),
  };
  const bodies = groupInputs(crossing, alone ? 1 : inputsPerCall).map((inputs) =>
    finishBody(crossing, { ...encodeInputs(inputs, pictured, alone, variant, crossing), ...common }),
  );
  return finishCrossing(crossing, bodies, "");
}

/** Whoever asks for base64 is given it, made of floats where it comes from elsewhere. */
function encodeTypes(crossing: EmbeddingCrossing, variant: CohereVariant): EmbeddingEncoding[] {
  const { encodings, dialect } = crossing.request;
  const own = dialect === variant.name;
  if (encodings.length === 0) return own ? [] : ["float"];
  const wanted = encodings.map((encoding) => (encoding === "base64" && !own ? "float" : encoding));
  const missing = wanted.find((encoding) => !variant.encodings.includes(encoding));
  if (missing !== undefined) crossing.refuse("embedding_types", `vectors of ${missing}: ${variant.name} has none`);
  return [...new Set(wanted)];
}

/** Cohere's models ask what the vectors are for; of another's word the nearest is taken, of none that they are to be searched. */
function encodeInputType({ request, changes, target }: EmbeddingCrossing, alone: boolean): JsonObject {
  if (alone) return { input_type: "image" };
  const { task, rest, dialect } = request;
  if (task === undefined) {
    if (dialect === target) return rest["input_type"] === undefined ? {} : { input_type: rest["input_type"] };
    changes.addDefault("input_type", "search_document: Cohere asks what the vectors are for");
    return { input_type: "search_document" };
  }
  const word = taskWords.encode(task);
  if (word !== undefined) return { input_type: word };
  const nearest = task === "similarity" ? "search_document" : "search_query";
  changes.convert("task", `${task} is sent as input_type ${nearest}`);
  return { input_type: nearest };
}

function encodeTruncate(
  truncate: NonNullable<EmbeddingRequest["truncate"]>,
  model: string,
  { name }: CohereVariant,
): string {
  const sided = name === "bedrock.cohere_embed" && /embed-v4/.test(model);
  return sided
    ? { none: "NONE", start: "LEFT", end: "RIGHT" }[truncate]
    : { none: "NONE", start: "START", end: "END" }[truncate];
}

function encodeInputs(
  inputs: readonly EmbeddingInput[],
  pictured: boolean,
  alone: boolean,
  variant: CohereVariant,
  crossing: EmbeddingCrossing,
): JsonObject {
  if (!pictured) return { texts: inputs.map((input) => textOf(input, crossing)) };
  if (alone) return { images: inputs.map((input) => onlyPicture(input, crossing)) };
  return { inputs: inputs.map((input) => ({ content: partsOf(input).map((part) => encodePart(part, variant)) })) };
}

function partsOf({ content }: EmbeddingInput): readonly EmbeddingPart[] {
  if (content.kind === "parts") return content.parts;
  return content.kind === "text" ? [{ kind: "text", text: content.text }] : [];
}

function encodePart(part: EmbeddingPart, { name }: CohereVariant): JsonObject {
  if (part.kind === "text") return { type: "text", text: part.text };
  return { type: "image_url", image_url: name === "bedrock.cohere_embed" ? part.url : { url: part.url } };
}

function onlyPicture(input: EmbeddingInput, crossing: EmbeddingCrossing): string {
  const [part, ...others] = partsOf(input);
  if (part?.kind === "image" && others.length === 0) return part.url;
  crossing.refuse("input", "text beside a picture, expected either: the model does not read them together");
  return "";
}
