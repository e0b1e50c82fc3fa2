import { type Answer, jsonAnswer } from "../answer.ts";
import type { ApiError } from "../api-error.ts";
import type { Exchange } from "../exchange.ts";
import type { JsonObject } from "../json.ts";
import { invalid, invalidValue, missing } from "../openai-invalid.ts";
import type { StoredFile } from "./file-store.ts";

const PURPOSES = ["assistants", "batch", "fine-tune", "vision", "user_data", "evals"];

/** The answer to all of /v1/files: upload, list, retrieve, content, delete. */
export function answerFiles(exchange: Exchange): Answer | ApiError {
  const { received, surroundings, headers } = exchange;
  const [, , , id, part] = received.path.split("/");
  if (id === undefined) {
    return received.method === "POST" ? upload(exchange) : list(exchange);
  }
  const file = surroundings.files.files.get(id);
  if (file === undefined) {
    return { ...invalid(`No such File object: ${id}`, "id"), status: 404 };
  }
  if (received.method === "DELETE") {
    surroundings.files.deleteFile(id);
    return jsonAnswer(200, { id, object: "file", deleted: true }, headers);
  }
  return part === "content"
    ? {
        status: 200,
        headers: { ...headers, "content-type": "application/octet-stream" },
        body: { kind: "whole", bytes: file.bytes },
      }
    : jsonAnswer(200, fileObject(file), headers);
}

function upload(exchange: Exchange): Answer | ApiError {
  const { form } = exchange.received;
  const file = form?.files.get("file")?.[0];
  const purpose = form?.fields.get("purpose")?.[0];
  if (file === undefined || purpose === undefined) {
    return missing(file === undefined ? "file" : "purpose");
  }
  if (!PURPOSES.includes(purpose)) {
    return invalidValue(purpose, PURPOSES, "purpose");
  }
  if (purpose === "batch" && !file.filename.endsWith(".jsonl")) {
    return invalid(
      `Invalid file format. Batch API only supports .jsonl files. Got ${file.filename}`,
      "file",
      "invalid_file_format",
    );
  }
  const createdSeconds = Math.floor(exchange.surroundings.nowMs() / 1000);
  const { filename, bytes } = file;
  // A copy: the part is a slice of the whole body that would be kept alive with it.
  const stored = exchange.surroundings.files.addFile({ filename, bytes: Buffer.from(bytes), purpose, createdSeconds });
  return jsonAnswer(200, fileObject(stored), exchange.headers);
}

function list(exchange: Exchange): Answer {
  const { query } = exchange.received;
  const purpose = query.get("purpose");
  const files = [...exchange.surroundings.files.files.values()].filter(
    (file) => purpose === null || file.purpose === purpose,
  );
  const ordered = query.get("order") === "asc" ? files : files.reverse();
  return jsonAnswer(200, pageOf(ordered.map(fileObject), query), exchange.headers);
}

/** One page of a list: `limit` entries after the one with the id `after`. */
export function pageOf(entries: readonly JsonObject[], query: URLSearchParams): JsonObject {
  const after = query.get("after");
  const start = after === null ? 0 : entries.findIndex((entry) => entry["id"] === after) + 1;
  const limit = Number(query.get("limit") ?? 10_000);
  const data = entries.slice(start, start + limit);
  const ids = { first_id: data[0]?.["id"] ?? null, last_id: data.at(-1)?.["id"] ?? null };
  return { object: "list", data, ...ids, has_more: start + limit < entries.length };
}

function fileObject(file: StoredFile): JsonObject {
  return {
    id: file.id,
    object: "file",
    bytes: file.bytes.length,
    created_at: file.createdSeconds,
    filename: file.filename,
    purpose: file.purpose,
    status: "processed",
    expires_at: null,
    status_details: null,
  };
}
