import type { JsonObject, JsonValue, Parsed } from "../../dialect.ts";
import { arrayOf, isArray, isObject, objectOf, stringOf } from "../../json.ts";
import {
  createProblems,
  type Problems,
  readBoolean,
  readInteger,
  readString,
  reportProblem,
  reportType,
} from "../../request-problem.ts";
import { restOf } from "../embedding-crossing.ts";
import type { EmbeddingAddress } from "../embedding-dialect.ts";
import type { EmbeddingInput, EmbeddingPart, EmbeddingRequest, EmbeddingTask } from "../embedding-request.ts";
import { taskWords } from "./task-words.ts";

export const batchOperation = "batchEmbedContents";
export const singleOperation = "embedContent";

const known: ReadonlySet<string> = new Set([
  "model",
  "content",
  "taskType",
  "title",
  "outputDimensionality",
  "autoTruncate",
  "embedContentConfig",
]);

/** Google takes its fields in the names of its protos too. */
const protoNames: Readonly<Record<string, string>> = {
  task_type: "taskType",
  output_dimensionality: "outputDimensionality",
  auto_truncate: "autoTruncate",
  embed_content_config: "embedContentConfig",
};

/** One request of a batch, or the only one. */
type Entry = {
  readonly input: EmbeddingInput;
  readonly task: EmbeddingTask | undefined;
  readonly dimensions: number | undefined;
  readonly truncate: EmbeddingRequest["truncate"];
  readonly rest: JsonObject;
  /** What is in the content that no other provider takes, or a task that none knows. */
  readonly foreign: string | undefined;
};

/** Reads a request as far as decisions need; what one request of a batch says of tasks is taken for all. */
export function readRequest(body: JsonObject, address: EmbeddingAddress): Parsed<EmbeddingRequest> {
  const read = readEntries(body, address);
  return read.kind === "valid" ? { kind: "valid", value: combine(read.value, body, address) } : read;
}

/** As `readRequest`; invalid too where the requests of a batch differ, which no other provider's dialect can say. */
export function decodeRequest(body: JsonObject, address: EmbeddingAddress): Parsed<EmbeddingRequest> {
  const read = readEntries(body, address);
  if (read.kind === "invalid") return read;
  const [first, ...others] = read.value;
  for (const [index, entry] of read.value.entries()) {
    const path = address.operation === batchOperation ? `requests[${index}].` : "";
    if (entry.foreign !== undefined) {
      const message = `invalid '${path}${entry.foreign}': it cannot be sent to another provider`;
      return { kind: "invalid", problem: { message, parameter: path + entry.foreign } };
    }
  }
  for (const [field, name] of comparable) {
    if (others.every((entry) => entry[field] === first?.[field])) continue;
    const message = `invalid 'requests': ${name} differs, expected the same in all to be sent to another provider`;
    return { kind: "invalid", problem: { message, parameter: `requests.${name}` } };
  }
  return { kind: "valid", value: combine(read.value, body, address) };
}

const comparable = [
  ["task", "taskType"],
  ["dimensions", "outputDimensionality"],
  ["truncate", "autoTruncate"],
] as const;

function combine(entries: readonly Entry[], body: JsonObject, address: EmbeddingAddress): EmbeddingRequest {
  const [first] = entries;
  return {
    model: address.model || (stringOf(body["model"]) ?? "").replace(/^models\//, ""),
    inputs: entries.map(({ input }) => input),
    operation: address.operation,
    dimensions: first?.dimensions,
    task: first?.task,
    encodings: [],
    truncate: first?.truncate,
    rest: first?.rest ?? {},
    dialect: "gemini.embed",
  };
}

function readEntries(body: JsonObject, address: EmbeddingAddress): Parsed<readonly Entry[]> {
  const problems = createProblems();
  let entries: Entry[] = [];
  if (address.operation === singleOperation) entries = [readEntry(body, "", problems)];
  else if (isArray(body["requests"])) {
    if (body["requests"].length === 0) reportProblem(problems, "requests", "invalid 'requests': expected at least one");
    entries = body["requests"].map((request, index) => {
      const path = `requests[${index}]`;
      if (!isObject(request)) reportType(problems, path, "an object", request);
      return readEntry(isObject(request) ? request : {}, `${path}.`, problems);
    });
  } else reportType(problems, "requests", "an array of objects", body["requests"] ?? undefined);
  return problems.first === undefined
    ? { kind: "valid", value: entries }
    : { kind: "invalid", problem: problems.first };
}

function readEntry(given: JsonObject, path: string, problems: Problems): Entry {
  const request = camelize(given);
  const config = camelize(objectOf(request["embedContentConfig"]) ?? {});
  const said: JsonObject = { ...config, ...request };
  const taskType = readString(problems, said, "taskType", path);
  const autoTruncate = readBoolean(problems, said, "autoTruncate", path);
  const { input, foreign } = readContent(request["content"], `${path}content`, problems);
  const title = readString(problems, said, "title", path);
  const task = taskWords.decode(taskType ?? "");
  const isUnknown = taskType !== undefined && taskType !== "TASK_TYPE_UNSPECIFIED" && task === undefined;
  return {
    input: title === undefined ? input : { ...input, title },
    task,
    dimensions: readInteger(problems, said, "outputDimensionality", path, { min: 1, max: 1_000_000 }),
    truncate: autoTruncate === undefined ? undefined : autoTruncate ? "end" : "none",
    rest: restOf(said, known),
    foreign: foreign ?? (isUnknown ? "taskType" : undefined),
  };
}

function camelize(object: JsonObject): JsonObject {
  const entries = Object.entries(object).map(([name, value]) => {
    const own = Object.hasOwn(protoNames, name) ? (protoNames[name] ?? name) : name;
    return [own, value] as const;
  });
  return Object.fromEntries(entries);
}

function readContent(
  content: JsonValue | undefined,
  path: string,
  problems: Problems,
): { readonly input: EmbeddingInput; readonly foreign: string | undefined } {
  const parts: EmbeddingPart[] = [];
  let foreign: string | undefined;
  const given = objectOf(content)?.["parts"];
  if (!isArray(given)) reportType(problems, `${path}.parts`, "an array of objects", given ?? undefined);
  for (const [index, piece] of arrayOf(given).entries()) {
    const part = isObject(piece) ? readPart(piece) : undefined;
    if (part === undefined) foreign ??= `content.parts[${index}]`;
    else parts.push(part);
  }
  const [only] = parts;
  const isText = parts.length === 1 && only?.kind === "text";
  return { input: { content: isText ? only : { kind: "parts", parts } }, foreign };
}

/** Undefined where it is neither text nor the bytes of a picture. */
function readPart(piece: JsonObject): EmbeddingPart | undefined {
  const text = stringOf(piece["text"]);
  if (text !== undefined) return { kind: "text", text };
  const data = objectOf(piece["inlineData"] ?? piece["inline_data"]);
  const mimeType = stringOf(data?.["mimeType"] ?? data?.["mime_type"]);
  const bytes = stringOf(data?.["data"]);
  if (mimeType?.startsWith("image/") !== true || bytes === undefined) return undefined;
  return { kind: "image", url: `data:${mimeType};base64,${bytes}` };
}
