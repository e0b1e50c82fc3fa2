import type { JsonObject, JsonValue, Parsed, RequestFacts } from "../dialect.ts";
import {
  jsonTokensAtMost,
  maxJsonDepth,
  messageAllowance,
  requestAllowance,
  textBytes,
  toolAllowance,
  toolsAllowance,
} from "../input-allowance.ts";
import { isArray, isObject } from "../json.ts";
import {
  createProblems,
  type Problems,
  readBoolean,
  readInteger,
  readNumber,
  readString,
  reportProblem,
  reportType,
} from "../request-problem.ts";
import { countValue, type InputCount } from "./count-input.ts";
import { itemType } from "./wire.ts";

const maxUint32 = 4_294_967_295;
const outputLimitRange = { min: 1, max: maxUint32 };
const roles: ReadonlySet<unknown> = new Set(["system", "developer", "user", "assistant"]);
/** Fields whose content is counted where they stand, or that never reach the model's input. */
const countedFields: ReadonlySet<string> = new Set([
  "input",
  "instructions",
  "metadata",
  "model",
  "prompt_cache_key",
  "safety_identifier",
  "stream",
  "tools",
  "user",
]);
/** By which of them a request may go without `input`. */
const elsewhere = ["previous_response_id", "prompt", "conversation"];

/** A tool that OpenAI defines is described to the model by OpenAI; no count of its tokens is published. */
const ownToolAllowance = 4_096;

/**
 * Reads what decisions need. Wrong types are told in OpenAI's words, as a lower-case clause. What is kept at the provider (an earlier answer, a
 * conversation, a template) adds to the input by what is not in the request, so it is not in `inputTokensAtMost`.
 */
export function readFacts(body: JsonObject): Parsed<RequestFacts> {
  const problems = createProblems();
  const model = body["model"];
  if (typeof model !== "string" || model === "") {
    if (model === undefined || model === null || model === "") {
      reportProblem(problems, "model", "you must provide a model parameter");
    } else reportType(problems, "model", "a string", model);
  }
  const count: InputCount = { tokens: requestAllowance, image: false, audio: false, document: false };
  checkInput(body, count, problems);
  const instructions = readString(problems, body, "instructions", "");
  if (instructions !== undefined) count.tokens += messageAllowance + textBytes(instructions);
  const hasTools = checkTools(body["tools"], count, problems);
  const stream = readBoolean(problems, body, "stream", "") ?? false;
  const maxOutputTokens = readInteger(problems, body, "max_output_tokens", "", outputLimitRange);
  readNumber(problems, body, "temperature", "");
  readNumber(problems, body, "top_p", "");
  const endUser = readString(problems, body, "user", "") ?? readString(problems, body, "safety_identifier", "");
  for (const key in body) if (!countedFields.has(key)) count.tokens += jsonTokensAtMost(body[key]);
  if (count.tokens === Number.POSITIVE_INFINITY) {
    reportProblem(problems, "", `invalid body: nested deeper than ${maxJsonDepth} levels`);
  }
  if (problems.first !== undefined) return { kind: "invalid", problem: problems.first };
  return {
    kind: "valid",
    value: {
      model: model as string,
      stream,
      maxOutputTokens,
      candidateCount: 1,
      inputTokensAtMost: count.tokens,
      inputModalities: listModalities(count),
      hasTools,
      endUser,
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

function checkInput(body: JsonObject, count: InputCount, problems: Problems): void {
  const { input } = body;
  if (typeof input === "string") {
    count.tokens += messageAllowance + textBytes(input);
    return;
  }
  if (input === undefined || input === null) {
    if (elsewhere.every((name) => body[name] === undefined || body[name] === null)) {
      reportProblem(problems, "input", "missing required parameter: 'input'");
    }
    return;
  }
  if (!isArray(input)) {
    reportType(problems, "input", "one of a string or array of objects", input);
    return;
  }
  for (let index = 0; index < input.length; index += 1) {
    const item = input[index];
    count.tokens += messageAllowance;
    if (!isObject(item)) {
      reportType(problems, `input[${index}]`, "an object", item);
      continue;
    }
    if (itemType(item) === "message") checkMessage(item, index, problems);
    countValue(item, count);
  }
}

function checkMessage(item: JsonObject, index: number, problems: Problems): void {
  const { role, content } = item;
  if (!roles.has(role)) {
    const parameter = `input[${index}].role`;
    if (typeof role !== "string") reportType(problems, parameter, "a string", role);
    else {
      reportProblem(
        problems,
        parameter,
        `invalid value: '${role.slice(0, 64)}'. supported values are: 'assistant', 'system', 'developer' and 'user'`,
      );
    }
  }
  if (typeof content !== "string" && !isArray(content)) {
    reportType(problems, `input[${index}].content`, "one of a string or array of objects", content ?? undefined);
  }
}

function checkTools(tools: JsonValue | undefined, count: InputCount, problems: Problems): boolean {
  if (tools === undefined || tools === null) return false;
  if (!isArray(tools)) {
    reportType(problems, "tools", "an array of objects", tools);
    return false;
  }
  if (tools.length === 0) return false;
  count.tokens += toolsAllowance;
  for (const [index, tool] of tools.entries()) {
    const type = isObject(tool) ? tool["type"] : undefined;
    if (!isObject(tool)) reportType(problems, `tools[${index}]`, "an object", tool);
    else if (typeof type !== "string") reportType(problems, `tools[${index}].type`, "a string", type);
    else if (type !== "function" && type !== "custom") count.tokens += ownToolAllowance;
    count.tokens += toolAllowance + jsonTokensAtMost(tool);
  }
  return true;
}
