import type { JsonObject, Parsed } from "../../dialect.ts";
import {
  createProblems,
  readBoolean,
  readInteger,
  readObject,
  readString,
  reportProblem,
} from "../../request-problem.ts";
import { restOf } from "../embedding-crossing.ts";
import type { EmbeddingAddress } from "../embedding-dialect.ts";
import type { EmbeddingInput, EmbeddingPart, EmbeddingRequest } from "../embedding-request.ts";

const known: ReadonlySet<string> = new Set(["inputText", "inputImage", "dimensions", "normalize", "embeddingConfig"]);

/** One text, one picture, or both; the path names the model. `embeddingTypes` is kept: its `binary` is not what others call so. */
export function decodeRequest(body: JsonObject, address: EmbeddingAddress): Parsed<EmbeddingRequest> {
  const problems = createProblems();
  const text = readString(problems, body, "inputText", "");
  const image = readString(problems, body, "inputImage", "");
  if (text === undefined && image === undefined) {
    reportProblem(problems, "inputText", "missing required parameter: 'inputText'");
  }
  const normalize = readBoolean(problems, body, "normalize", "");
  const range = { min: 1, max: 1_000_000 };
  const config = readObject(problems, body, "embeddingConfig", "");
  const dimensions =
    readInteger(problems, body, "dimensions", "", range) ??
    (config && readInteger(problems, config, "outputEmbeddingLength", "embeddingConfig.", range));
  if (problems.first !== undefined) return { kind: "invalid", problem: problems.first };
  return {
    kind: "valid",
    value: {
      model: address.model,
      inputs: [createInput(text, image)],
      operation: "",
      dimensions,
      encodings: [],
      normalize,
      rest: restOf(body, known),
      dialect: "bedrock.titan_embed",
    },
  };
}

function createInput(text: string | undefined, image: string | undefined): EmbeddingInput {
  if (image === undefined) return { content: { kind: "text", text: text ?? "" } };
  const parts: EmbeddingPart[] = text === undefined ? [] : [{ kind: "text", text }];
  // The type of the picture is not said; Amazon tells it from the bytes.
  return { content: { kind: "parts", parts: [...parts, { kind: "image", url: `data:image/png;base64,${image}` }] } };
}
