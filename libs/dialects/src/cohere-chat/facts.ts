import type { JsonObject, JsonValue, Parsed, RequestFacts } from "../dialect.ts";
import {
  imageAllowance,
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
  reportProblem,
  reportType,
} from "../request-problem.ts";

const roles: ReadonlySet<unknown> = new Set(["system", "user", "assistant", "tool"]);
/** Fields whose content is counted where they stand, or that never reach the model's input. */
const countedFields: ReadonlySet<string> = new Set(["messages", "tools", "model", "stream"]);

/**
 * Cohere's own preamble: 495 tokens were reported for a request of one word, and some 1,400 with a tool or with thinking (recorded usage of
 * command-r7b and command-a-reasoning).
 */
const preambleAllowance = 4_096;

type InputCount = { tokens: number; image: boolean };

/** Reads what decisions need. */
export function readFacts(body: JsonObject): Parsed<RequestFacts> {
  const problems = createProblems();
  const model = body["model"];
  if (typeof model !== "string") reportType(problems, "model", "a string", model ?? undefined);
  else if (model === "") reportProblem(problems, "model", "invalid 'model': expected a model's name, but got none");
  const count: InputCount = { tokens: requestAllowance + preambleAllowance, image: false };
  checkMessages(body["messages"], count, problems);
  const hasTools = checkTools(body["tools"], count, problems);
  const stream = readBoolean(problems, body, "stream", "") ?? false;
  const maxOutputTokens = readInteger(problems, body, "max_tokens", "", { min: 1, max: 4_294_967_295 });
  readNumber(problems, body, "temperature", "");
  readNumber(problems, body, "p", "");
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
      inputModalities: count.image ? ["text", "image"] : ["text"],
      hasTools,
      endUser: undefined,
    },
  };
}

function checkMessages(messages: JsonValue | undefined, count: InputCount, problems: Problems): void {
  if (!isArray(messages)) {
    reportType(problems, "messages", "an array of objects", messages ?? undefined);
    return;
  }
  if (messages.length === 0) reportProblem(problems, "messages", "invalid 'messages': expected at least one message");
  for (const [index, message] of messages.entries()) {
    count.tokens += messageAllowance;
    if (isObject(message)) checkMessage(message, `messages[${index}]`, count, problems);
    else reportType(problems, `messages[${index}]`, "an object", message);
  }
}

function checkMessage(message: JsonObject, path: string, count: InputCount, problems: Problems): void {
  const { role, content } = message;
  if (!roles.has(role)) {
    if (typeof role !== "string") reportType(problems, `${path}.role`, "a string", role ?? undefined);
    else {
      const expected = "expected one of 'system', 'user', 'assistant' and 'tool'";
      reportProblem(problems, `${path}.role`, `invalid '${path}.role': ${expected}, but got '${role.slice(0, 64)}'`);
    }
    return;
  }
  for (const key in message) {
    if (key === "content") countContent(content, `${path}.content`, count, problems);
    else if (key !== "role") count.tokens += jsonTokensAtMost(message[key]);
  }
  if (role !== "assistant" && (content === undefined || content === null)) {
    reportType(problems, `${path}.content`, "one of a string or array of objects", undefined);
  }
  if (role === "tool" && typeof message["tool_call_id"] !== "string") {
    reportType(problems, `${path}.tool_call_id`, "a string", message["tool_call_id"] ?? undefined);
  }
}

function countContent(content: JsonValue | undefined, path: string, count: InputCount, problems: Problems): void {
  if (content === undefined || content === null) return;
  if (typeof content === "string") {
    count.tokens += textBytes(content);
    return;
  }
  if (!isArray(content)) {
    reportType(problems, path, "one of a string or array of objects", content);
    return;
  }
  for (const [position, piece] of content.entries()) {
    if (!isObject(piece)) reportType(problems, `${path}[${position}]`, "an object", piece);
    else if (piece["type"] === "image_url") {
      count.image = true;
      count.tokens += imageAllowance;
    } else count.tokens += jsonTokensAtMost(piece);
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
    if (!isObject(tool)) reportType(problems, `tools[${index}]`, "an object", tool);
    count.tokens += toolAllowance + jsonTokensAtMost(tool);
  }
  return true;
}
