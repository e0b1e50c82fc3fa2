import { type Answer, jsonAnswer } from "../answer.ts";
import type { ApiError } from "../api-error.ts";
import { bodyBytes } from "../break-whole.ts";
import type { Exchange } from "../exchange.ts";
import { isObject, type JsonObject, stringOf } from "../json.ts";
import { invalid, invalidType, invalidValue, missing, unknownParameter } from "../openai-invalid.ts";
import { pageOf } from "./answer-files.ts";
import type { StoredBatch } from "./file-store.ts";

const PARAMETERS = ["input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after"];
const ENDPOINTS = ["/v1/responses", "/v1/chat/completions", "/v1/embeddings"];
/** States that a batch does not leave. */
const ENDED = ["completed", "cancelled", "failed"];

/**
 * The answer to all of /v1/batches. A batch is `validating` when made, and done when it is next retrieved: its lines are
 * answered then, each as its endpoint would. Cancelled before that, it is `cancelling`, then `cancelled`.
 */
export function answerBatches(exchange: Exchange): Answer | ApiError {
  const { received, surroundings, headers } = exchange;
  const [, , , id, part] = received.path.split("/");
  if (id === undefined) {
    return received.method === "POST"
      ? create(exchange)
      : jsonAnswer(
          200,
          pageOf([...surroundings.files.batches.values()].map((batch) => batch.fields).reverse(), received.query),
          headers,
        );
  }
  const batch = surroundings.files.batches.get(id);
  if (batch === undefined) {
    return { ...invalid(`No batch found with id '${id}'.`, "id"), status: 404 };
  }
  const next = part === "cancel" ? cancel(exchange, batch) : advance(exchange, batch);
  return "status" in next ? next : jsonAnswer(200, next.fields, headers);
}

function create(exchange: Exchange): Answer | ApiError {
  const body = exchange.received.json;
  if (!isObject(body)) {
    return invalidType("body", "an object", body);
  }
  const extra = Object.keys(body).find((name) => !PARAMETERS.includes(name));
  if (extra !== undefined) {
    return unknownParameter(extra);
  }
  const lacking = PARAMETERS.slice(0, 3).find((name) => typeof body[name] !== "string");
  if (lacking !== undefined) {
    return missing(lacking);
  }
  if (!ENDPOINTS.includes(String(body["endpoint"]))) {
    return invalidValue(body["endpoint"], ENDPOINTS, "endpoint");
  }
  if (body["completion_window"] !== "24h") {
    return invalidValue(body["completion_window"], ["24h"], "completion_window");
  }
  const fileId = String(body["input_file_id"]);
  const file = exchange.surroundings.files.files.get(fileId);
  if (file === undefined || file.purpose !== "batch") {
    return invalid(
      file === undefined
        ? `Invalid file ID: ${fileId} was not found.`
        : `Invalid purpose for file ${fileId}: expected 'batch', got '${file.purpose}'.`,
      "input_file_id",
      "invalid_request",
    );
  }
  const now = nowSeconds(exchange);
  const batch = exchange.surroundings.files.putBatch({
    endpoint: body["endpoint"],
    errors: null,
    input_file_id: fileId,
    completion_window: "24h",
    status: "validating",
    output_file_id: null,
    error_file_id: null,
    created_at: now,
    expires_at: now + 86_400,
    request_counts: { total: 0, completed: 0, failed: 0 },
    metadata: body["metadata"] ?? null,
  });
  return jsonAnswer(200, batch.fields, exchange.headers);
}

function cancel(exchange: Exchange, batch: StoredBatch): StoredBatch | ApiError {
  const { status } = batch.fields;
  return ENDED.includes(String(status))
    ? { ...invalid(`Cannot cancel a batch with status '${status}'.`), status: 409 }
    : update(exchange, batch, { status: "cancelling", cancelling_at: nowSeconds(exchange) });
}

function advance(exchange: Exchange, batch: StoredBatch): StoredBatch {
  const { status } = batch.fields;
  if (status === "cancelling") {
    return update(exchange, batch, { status: "cancelled", cancelled_at: nowSeconds(exchange) });
  }
  return status === "validating" ? complete(exchange, batch) : batch;
}

function complete(exchange: Exchange, batch: StoredBatch): StoredBatch {
  const { files } = exchange.surroundings;
  const input = files.files.get(String(batch.fields["input_file_id"]))?.bytes.toString() ?? "";
  const results = input
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, at) => resultOf(exchange, batch, line, at));
  const failed = results.filter((result) => result.status >= 400);
  const output = results.filter((result) => result.status < 400);
  const store = (lines: typeof results, name: string): string | null =>
    lines.length === 0
      ? null
      : files.addFile({
          filename: `${batch.id}_${name}.jsonl`,
          purpose: "batch_output",
          createdSeconds: nowSeconds(exchange),
          bytes: Buffer.from(lines.map((result) => `${JSON.stringify(result.line)}\n`).join("")),
        }).id;
  return update(exchange, batch, {
    status: "completed",
    in_progress_at: nowSeconds(exchange),
    completed_at: nowSeconds(exchange),
    output_file_id: store(output, "output"),
    error_file_id: store(failed, "error"),
    request_counts: { total: results.length, completed: output.length, failed: failed.length },
  });
}

interface LineResult {
  readonly status: number;
  readonly line: JsonObject;
}

function resultOf(exchange: Exchange, batch: StoredBatch, text: string, at: number): LineResult {
  const request = parseLine(text);
  const answer = exchange.ask(String(batch.fields["endpoint"]), isObject(request["body"]) ? request["body"] : {});
  return {
    status: answer.status,
    line: {
      id: `batch_req_${batch.id}x${at}`,
      custom_id: stringOf(request["custom_id"]) ?? null,
      response: {
        status_code: answer.status,
        request_id: `${exchange.ids.requestId}x${at}`,
        body: JSON.parse(bodyBytes(answer).toString()) as unknown,
      },
      error: null,
    },
  };
}

/** A line that is no JSON object asks for nothing, and is refused by its endpoint. */
function parseLine(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function update(exchange: Exchange, batch: StoredBatch, changes: JsonObject): StoredBatch {
  return exchange.surroundings.files.putBatch({ ...batch.fields, ...changes }, batch.id);
}

function nowSeconds(exchange: Exchange): number {
  return Math.floor(exchange.surroundings.nowMs() / 1000);
}
