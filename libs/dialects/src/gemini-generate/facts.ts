import type { JsonObject, JsonValue, Parsed, RequestAddress, RequestFacts } from "../dialect.ts";
import { jsonTokensAtMost, maxJsonDepth, requestAllowance, toolAllowance, toolsAllowance } from "../input-allowance.ts";
import { isArray, isObject } from "../json.ts";
import { createProblems, type Problems, readObject, reportProblem, reportType } from "../request-problem.ts";
import { camelize, messageOf, repeatedOf } from "./camel-case.ts";
import { checkRole, countContent, type InputCount, wholeContextAllowance } from "./count-content.ts";
import { readInteger } from "./read-number.ts";

const maxInt32 = 2_147_483_647;
const outputLimitRange = { min: 1, max: maxInt32 };
const candidateRange = { min: 1, max: 128 };

/** Fields whose content is counted where they stand, or that never reach the model's input. */
const countedFields: ReadonlySet<string> = new Set([
  "contents",
  "systemInstruction",
  "tools",
  "cachedContent",
  "labels",
]);

/**
 * Reads what decisions need. The model, and whether the answer is streamed, stand in the request's path, given by `address`. What a tool
 * that Google runs itself adds to the input while it answers is in no request, so it is not in `inputTokensAtMost`.
 */
export function readFacts(body: JsonObject, address?: RequestAddress): Parsed<RequestFacts> {
  const problems = createProblems();
  if (address === undefined || address.model === "") {
    reportProblem(problems, "model", "the path names no model, expected models/<model>:generateContent");
  }
  const request = camelize(body, "", problems);
  const count: InputCount = { tokens: requestAllowance, image: false, audio: false, document: false };
  checkContents(request["contents"], count, problems);
  const system = request["systemInstruction"];
  if (system !== undefined && system !== null) countContent(system, "systemInstruction", count, problems);
  const hasTools = checkTools(request["tools"], count, problems);
  if (request["cachedContent"] !== undefined && request["cachedContent"] !== null) {
    count.tokens += wholeContextAllowance;
  }
  const written = readObject(problems, request, "generationConfig", "");
  const config = written === undefined ? {} : camelize(written, "generationConfig.", problems);
  const path = "generationConfig.";
  const maxOutputTokens = readInteger(config, "maxOutputTokens", path, outputLimitRange, problems);
  const candidateCount = readInteger(config, "candidateCount", path, candidateRange, problems) ?? 1;
  for (const key in request) if (!countedFields.has(key)) count.tokens += jsonTokensAtMost(request[key]);
  if (count.tokens === Number.POSITIVE_INFINITY) {
    reportProblem(problems, "", `invalid body: nested deeper than ${maxJsonDepth} levels`);
  }
  if (problems.first !== undefined) return { kind: "invalid", problem: problems.first };
  return {
    kind: "valid",
    value: {
      model: address?.model ?? "",
      stream: address?.stream ?? false,
      maxOutputTokens,
      candidateCount,
      inputTokensAtMost: count.tokens,
      inputModalities: listModalities(count),
      hasTools,
      endUser: undefined,
    },
  };
}

const textOnly: RequestFacts["inputModalities"] = ["text"];

function listModalities(count: InputCount): RequestFacts["inputModalities"] {
  if (!count.image && !count.audio && !count.document) return textOnly;
  const modalities: RequestFacts["inputModalities"][number][] = ["text"];
  if (count.image) modalities.push("image");
  if (count.audio) modalities.push("audio");
  if (count.document) modalities.push("document");
  return modalities;
}

function checkContents(value: JsonValue | undefined, count: InputCount, problems: Problems): void {
  const contents = repeatedOf(value);
  if (contents === undefined) {
    reportType(problems, "contents", "an array of objects", value ?? undefined);
    return;
  }
  if (contents.length === 0) reportProblem(problems, "contents", "contents is not specified");
  for (let index = 0; index < contents.length; index += 1) {
    const path = `contents[${index}]`;
    const content = contents[index];
    if (isObject(content)) checkRole(content["role"], path, problems);
    countContent(content, path, count, problems);
  }
}

function checkTools(value: JsonValue | undefined, count: InputCount, problems: Problems): boolean {
  if (value === undefined || value === null) return false;
  const tools = repeatedOf(value);
  if (tools === undefined) {
    reportType(problems, "tools", "an array of objects", value);
    return false;
  }
  if (tools.length === 0) return false;
  count.tokens += toolsAllowance;
  for (const [index, entry] of tools.entries()) {
    const tool = messageOf(entry, `tools[${index}].`, problems);
    if (tool === undefined) reportType(problems, `tools[${index}]`, "an object", entry);
    const functions = tool?.["functionDeclarations"];
    count.tokens += toolAllowance * (isArray(functions) ? functions.length : 1) + jsonTokensAtMost(entry);
  }
  return true;
}
