import type { JsonObject } from "../../dialect.ts";
import {
  createEmbeddingCrossing,
  dropParameters,
  type EmbeddingCrossing,
  finishBody,
  finishCrossing,
  groupInputs,
  refuseOtherEncodings,
  refuseTokens,
} from "../embedding-crossing.ts";
import type { EncodedEmbeddingRequests, EncodeEmbeddingOptions } from "../embedding-dialect.ts";
import type { EmbeddingInput, EmbeddingPart, EmbeddingRequest } from "../embedding-request.ts";
import { batchOperation, singleOperation } from "./decode-request.ts";
import { taskWords } from "./task-words.ts";

/** The most requests of a batch (its own refusal, in langchain-ai/langchainjs#4491, seen 2026-11-22). */
const requestsPerBatch = 100;

/** A batch, or one call for each input where the provider has `embedContent` alone. */
export function encodeRequests(request: EmbeddingRequest, options: EncodeEmbeddingOptions): EncodedEmbeddingRequests {
  const crossing = createEmbeddingCrossing(request, "gemini.embed");
  const operation = options.operation === "" ? batchOperation : options.operation;
  refuseTokens(crossing);
  refuseOtherEncodings(crossing);
  dropParameters(crossing, ["maxInputTokens", "normalize", "endUser"]);
  const { truncate, dialect } = request;
  if (truncate === "start" || (truncate === "end" && dialect !== "gemini.embed")) {
    crossing.changes.drop("truncate", "Gemini itself decides what becomes of an input that is too long");
  }
  if (operation === singleOperation) {
    const bodies = groupInputs(crossing, 1).flatMap((inputs) =>
      inputs.map((input) => finishBody(crossing, encodeInput(input, crossing))),
    );
    return finishCrossing(crossing, bodies, operation);
  }
  const model = options.model.includes("/") ? options.model : `models/${options.model}`;
  const bodies = groupInputs(crossing, requestsPerBatch).map((inputs) => ({
    requests: inputs.map((input) => finishBody(crossing, { model, ...encodeInput(input, crossing) })),
  }));
  return finishCrossing(crossing, bodies, operation);
}

function encodeInput(input: EmbeddingInput, crossing: EmbeddingCrossing): JsonObject {
  const { request, changes } = crossing;
  const { task, dimensions, truncate } = request;
  const { content, title } = input;
  const parts: readonly EmbeddingPart[] =
    content.kind === "parts" ? content.parts : [{ kind: "text", text: content.kind === "text" ? content.text : "" }];
  const isDocument = task === "search_document";
  if (title !== undefined && !isDocument) changes.drop("title", "only documents that are to be searched have one");
  return {
    content: { parts: parts.map((part) => encodePart(part, crossing)) },
    ...(task !== undefined && { taskType: taskWords.encode(task) }),
    ...(title !== undefined && isDocument && { title }),
    ...(dimensions !== undefined && { outputDimensionality: dimensions }),
    ...((truncate === "end" || truncate === "none") &&
      request.dialect === "gemini.embed" && {
        autoTruncate: truncate === "end",
      }),
  };
}

function encodePart(part: EmbeddingPart, crossing: EmbeddingCrossing): JsonObject {
  if (part.kind === "text") return { text: part.text };
  const match = /^data:([^;,]*);base64,(.*)$/s.exec(part.url);
  if (match === null) crossing.refuse("input", "a picture by its address, expected its bytes in a data URL");
  return { inlineData: { mimeType: match?.[1] || "image/png", data: match?.[2] ?? "" } };
}
