import type { JsonValue } from "../dialect.ts";
import {
  documentTokensAtMost,
  imageAllowance,
  jsonTokensAtMost,
  maxJsonDepth,
  remoteDocumentAllowance,
  textBytes,
} from "../input-allowance.ts";
import { isArray, isObject, objectOf, stringOf } from "../json.ts";

/** What a request holds, counted while it is checked. `tokens` is Infinity where it is nested deeper than is read. */
export type InputCount = { tokens: number; image: boolean; document: boolean };

/** Counts a message's `content`, a tool's result or a document's content: text by its bytes, pictures and documents by allowance. */
export function countContent(content: JsonValue | undefined, count: InputCount, depth = 0): void {
  if (depth >= maxJsonDepth) {
    count.tokens = Number.POSITIVE_INFINITY;
  } else if (typeof content === "string") {
    count.tokens += textBytes(content);
  } else if (isArray(content)) {
    for (const block of content) countBlock(block, count, depth);
  } else {
    count.tokens += jsonTokensAtMost(content, depth);
  }
}

function countBlock(block: JsonValue, count: InputCount, depth: number): void {
  if (!isObject(block)) {
    count.tokens += jsonTokensAtMost(block, depth);
    return;
  }
  switch (block["type"]) {
    case "image":
      count.image = true;
      count.tokens += imageAllowance;
      return;
    case "document":
      count.document = true;
      countSource(block["source"], count, depth);
      countRest(block, "source", count, depth);
      return;
    case "tool_result":
    case "search_result":
      countContent(block["content"], count, depth + 1);
      countRest(block, "content", count, depth);
      return;
    default:
      count.tokens += jsonTokensAtMost(block, depth);
  }
}

function countSource(value: JsonValue | undefined, count: InputCount, depth: number): void {
  const source = objectOf(value);
  const data = stringOf(source?.["data"]);
  switch (source?.["type"]) {
    case "base64":
      count.tokens += documentTokensAtMost(data?.length ?? 0);
      return;
    case "text":
      count.tokens += textBytes(data ?? "");
      return;
    case "content":
      countContent(source["content"], count, depth + 2);
      return;
    default:
      count.tokens += remoteDocumentAllowance;
  }
}

function countRest(
  block: { readonly [key: string]: JsonValue | undefined },
  counted: string,
  count: InputCount,
  depth: number,
): void {
  for (const key in block)
    if (key !== counted) count.tokens += textBytes(key) + 4 + jsonTokensAtMost(block[key], depth + 1);
}
