import type { JsonObject, JsonValue, Parsed, RequestAddress, RequestFacts } from "../dialect.ts";
import {
  audioTokensAtMost,
  documentTokensAtMost,
  imageAllowance,
  jsonTokensAtMost,
  maxJsonDepth,
  messageAllowance,
  remoteAudioAllowance,
  remoteDocumentAllowance,
  requestAllowance,
  textBytes,
  toolAllowance,
  toolsAllowance,
} from "../input-allowance.ts";
import { arrayOf, isArray, isObject, objectOf, stringOf } from "../json.ts";
import { createProblems, readInteger, readObject, reportProblem, reportType } from "../request-problem.ts";

type Modality = RequestFacts["inputModalities"][number];
type InputCount = { tokens: number; readonly modalities: Set<Modality> };

/** Fields that are counted where they stand, or that never reach the model's input. */
const countedFields: ReadonlySet<string> = new Set([
  "guardrailConfig",
  "inferenceConfig",
  "messages",
  "modelId",
  "requestMetadata",
  "system",
  "toolConfig",
]);

/** Reads what decisions need. The model and the mode stand in the path. */
export function readFacts(body: JsonObject, address?: RequestAddress): Parsed<RequestFacts> {
  const problems = createProblems();
  const model = address?.model ?? stringOf(body["modelId"]) ?? "";
  if (model === "") reportType(problems, "modelId", "a string", undefined);
  const inference = readObject(problems, body, "inferenceConfig", "") ?? {};
  const max = 4_294_967_295;
  const maxOutputTokens = readInteger(problems, inference, "maxTokens", "inferenceConfig.", { min: 1, max });
  const count: InputCount = { tokens: requestAllowance, modalities: new Set(["text"]) };
  const messages = body["messages"];
  if (!isArray(messages)) reportType(problems, "messages", "an array", messages);
  for (const message of arrayOf(messages)) {
    count.tokens += messageAllowance;
    if (isObject(message)) countBlocks(message["content"], count, 0);
    else count.tokens += jsonTokensAtMost(message);
  }
  if (body["system"] !== undefined && body["system"] !== null) count.tokens += messageAllowance;
  countBlocks(body["system"] ?? [], count, 0);
  const tools = arrayOf(objectOf(body["toolConfig"])?.["tools"]);
  if (tools.length > 0) count.tokens += toolsAllowance;
  for (const tool of tools) count.tokens += toolAllowance + jsonTokensAtMost(tool);
  for (const key in body) if (!countedFields.has(key)) count.tokens += jsonTokensAtMost(body[key]);
  if (count.tokens === Number.POSITIVE_INFINITY) {
    reportProblem(problems, "body", `nested deeper than ${maxJsonDepth} levels`);
  }
  if (problems.first !== undefined) return { kind: "invalid", problem: problems.first };
  return {
    kind: "valid",
    value: {
      model,
      stream: address?.stream === true,
      maxOutputTokens,
      candidateCount: 1,
      inputTokensAtMost: count.tokens,
      inputModalities: [...count.modalities],
      hasTools: tools.length > 0,
      endUser: undefined,
    },
  };
}

/** Counts content blocks: text by its bytes, pictures, sounds and documents by allowance. */
function countBlocks(blocks: JsonValue | undefined, count: InputCount, depth: number): void {
  if (depth >= maxJsonDepth) count.tokens = Number.POSITIVE_INFINITY;
  else if (!isArray(blocks)) count.tokens += jsonTokensAtMost(blocks, depth);
  else for (const block of blocks) countBlock(block, count, depth);
}

function countBlock(block: JsonValue, count: InputCount, depth: number): void {
  if (!isObject(block)) {
    count.tokens += jsonTokensAtMost(block, depth);
    return;
  }
  for (const name in block) {
    const value = block[name];
    switch (name) {
      case "text":
        count.tokens += typeof value === "string" ? textBytes(value) : jsonTokensAtMost(value, depth + 1);
        break;
      case "image":
        count.modalities.add("image");
        count.tokens += imageAllowance;
        break;
      case "document":
        count.modalities.add("document");
        countDocument(objectOf(value), count, depth);
        break;
      case "audio":
      case "video": {
        if (name === "audio") count.modalities.add("audio");
        const bytes = stringOf(objectOf(objectOf(value)?.["source"])?.["bytes"]);
        count.tokens += bytes === undefined ? remoteAudioAllowance : audioTokensAtMost(bytes.length);
        if (name === "video") count.tokens += bytes === undefined ? remoteDocumentAllowance : bytes.length;
        break;
      }
      case "toolResult":
        countBlocks(objectOf(value)?.["content"], count, depth + 1);
        break;
      case "guardContent":
        countBlock(value ?? null, count, depth + 1);
        break;
      default:
        count.tokens += textBytes(name) + 4 + jsonTokensAtMost(value, depth + 1);
    }
  }
}

function countDocument(document: JsonObject | undefined, count: InputCount, depth: number): void {
  count.tokens += textBytes(stringOf(document?.["name"]) ?? "") + textBytes(stringOf(document?.["context"]) ?? "");
  const source = objectOf(document?.["source"]);
  const bytes = stringOf(source?.["bytes"]);
  if (bytes !== undefined) count.tokens += documentTokensAtMost(bytes.length);
  else if (typeof source?.["text"] === "string") count.tokens += textBytes(source["text"]);
  else if (isArray(source?.["content"])) countBlocks(source["content"], count, depth + 2);
  else count.tokens += remoteDocumentAllowance;
}
