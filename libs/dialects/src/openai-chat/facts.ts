import type { JsonObject, JsonValue, Parsed, RequestFacts } from "../dialect.ts";
import {
  jsonTokensAtMost,
  maxJsonDepth,
  messageAllowance,
  requestAllowance,
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
import { countContent, type InputCount } from "./count-content.ts";

const maxUint32 = 4_294_967_295;
const outputLimitRange = { min: 1, max: maxUint32 };
const candidateRange = { min: 1, max: 128 };
const roles: ReadonlySet<unknown> = new Set(["system", "developer", "user", "assistant", "tool", "function"]);
/** Fields whose content is counted where they stand, or that never reach the model's input. */
const countedFields: ReadonlySet<string> = new Set(["messages", "tools", "functions", "model", "stream", "user"]);

/** Reads what decisions need. Wrong types are told in OpenAI's words, as a lower-case clause. */
export function readFacts(body: JsonObject): Parsed<RequestFacts> {
  const problems = createProblems();
  const model = body["model"];
  if (typeof model !== "string" || model === "") {
    if (model === undefined || model === null || model === "") {
      reportProblem(problems, "model", "you must provide a model parameter");
    } else reportType(problems, "model", "a string", model);
  }
  const count: InputCount = { tokens: requestAllowance, image: false, audio: false, document: false };
  checkMessages(body["messages"], count, problems);
  const tools = checkTools(body["tools"], "tools", count, problems);
  const functions = checkTools(body["functions"], "functions", count, problems);
  const stream = readBoolean(problems, body, "stream", "") ?? false;
  const maxTokens = readInteger(problems, body, "max_tokens", "", outputLimitRange);
  const maxCompletionTokens = readInteger(problems, body, "max_completion_tokens", "", outputLimitRange);
  const candidateCount = readInteger(problems, body, "n", "", candidateRange) ?? 1;
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
      maxOutputTokens:
        maxTokens !== undefined && maxCompletionTokens !== undefined
          ? Math.max(maxTokens, maxCompletionTokens)
          : (maxCompletionTokens ?? maxTokens),
      candidateCount,
      inputTokensAtMost: count.tokens,
      inputModalities: listModalities(count),
      hasTools: tools || functions,
      endUser,
    },
  };
}

/** Whether the client of a stream asked to be told usage. */
export function asksForStreamUsage(body: JsonObject): boolean {
  const options = body["stream_options"];
  return isObject(options) && options["include_usage"] === true;
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

function checkMessages(messages: JsonValue | undefined, count: InputCount, problems: Problems): void {
  if (!isArray(messages)) {
    reportType(problems, "messages", "an array of objects", messages ?? undefined);
    return;
  }
  if (messages.length === 0) {
    reportProblem(
      problems,
      "messages",
      "invalid 'messages': empty array. expected an array with minimum length 1, but got an empty array instead",
    );
  }
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index];
    count.tokens += messageAllowance;
    if (isObject(message)) checkMessage(message, index, count, problems);
    else reportType(problems, `messages[${index}]`, "an object", message);
  }
}

function checkMessage(message: JsonObject, index: number, count: InputCount, problems: Problems): void {
  const role = message["role"];
  if (!roles.has(role)) {
    const parameter = `messages[${index}].role`;
    if (typeof role !== "string") reportType(problems, parameter, "a string", role);
    else {
      reportProblem(
        problems,
        parameter,
        `invalid value: '${role.slice(0, 64)}'. supported values are: 'system', 'assistant', 'user', 'function', 'tool' and 'developer'`,
      );
    }
    return;
  }
  for (const key in message) {
    const value = message[key];
    if (key === "content") countContent(value, index, count, problems);
    else if (key !== "role") count.tokens += jsonTokensAtMost(value);
  }
  const content = message["content"];
  if (role === "assistant") checkToolCalls(message["tool_calls"], index, problems);
  else if ((content === undefined || content === null) && role !== "function") {
    reportType(problems, `messages[${index}].content`, "one of a string or array of objects", content);
  }
  if (role === "tool" && typeof message["tool_call_id"] !== "string") {
    reportType(problems, `messages[${index}].tool_call_id`, "a string", message["tool_call_id"] ?? undefined);
  }
}

function checkToolCalls(calls: JsonValue | undefined, index: number, problems: Problems): void {
  if (calls === undefined || calls === null) return;
  const path = `messages[${index}].tool_calls`;
  if (!isArray(calls)) {
    reportType(problems, path, "an array of objects", calls);
    return;
  }
  for (const [position, call] of calls.entries()) {
    if (!isObject(call)) {
      reportType(problems, `${path}[${position}]`, "an object", call);
      continue;
    }
    const called = call["function"] ?? call["custom"];
    if (!isObject(called)) reportType(problems, `${path}[${position}].function`, "an object", called ?? undefined);
    else if (typeof called["name"] !== "string") {
      reportType(problems, `${path}[${position}].function.name`, "a string", called["name"]);
    }
  }
}

function checkTools(tools: JsonValue | undefined, field: string, count: InputCount, problems: Problems): boolean {
  if (tools === undefined || tools === null) return false;
  if (!isArray(tools)) {
    reportType(problems, field, "an array of objects", tools);
    return false;
  }
  if (tools.length === 0) return false;
  count.tokens += toolsAllowance;
  for (const [index, tool] of tools.entries()) {
    if (!isObject(tool)) reportType(problems, `${field}[${index}]`, "an object", tool);
    // Mistral's own clients leave the type of a function out.
    else if (field === "tools" && typeof tool["type"] !== "string" && !isObject(tool["function"])) {
      reportType(problems, `tools[${index}].type`, "a string", tool["type"]);
    }
    count.tokens += toolAllowance + jsonTokensAtMost(tool);
  }
  return true;
}
