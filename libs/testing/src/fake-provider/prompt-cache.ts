import { createHash } from "node:crypto";
import { isObject, type JsonObject, objectsOf } from "./json.ts";
import { charactersOfContent, charactersOfPart, countMessagesInputTokens, tokensOfCharacters } from "./token-count.ts";

/** How a prompt's tokens divide. inputTokens + readTokens + both writes is the whole prompt. */
export interface CachedCounts {
  readonly inputTokens: number;
  readonly readTokens: number;
  readonly write5mTokens: number;
  readonly write1hTokens: number;
}

/**
 * Anthropic's prompt cache: a prefix (tools, system, messages, in this order) that ends at a cache_control mark is
 * written by the first request that has it and read by the next ones. Prefixes do not expire, and there is no minimum
 * length. A request's longest known prefix is read; what lies between it and the request's last mark is written.
 */
export interface PromptCache {
  read(body: JsonObject): CachedCounts;
  reset(): void;
}

const MAX_PREFIXES = 10_000;

export function createPromptCache(): PromptCache {
  const known = new Set<string>();
  return {
    read(body) {
      const total = countMessagesInputTokens(body);
      const marks = marksOf(body);
      const last = marks.at(-1);
      if (last === undefined) {
        return { inputTokens: total, readTokens: 0, write5mTokens: 0, write1hTokens: 0 };
      }
      const hit = marks.findLast((mark) => known.has(mark.key));
      const readTokens = hit === undefined ? 0 : tokensOfCharacters(hit.characters);
      const written = Math.max(0, tokensOfCharacters(last.characters) - readTokens);
      if (known.size > MAX_PREFIXES) {
        known.clear();
      }
      for (const mark of marks) {
        known.add(mark.key);
      }
      return {
        inputTokens: Math.max(0, total - readTokens - written),
        readTokens,
        write5mTokens: last.ttl === "1h" ? 0 : written,
        write1hTokens: last.ttl === "1h" ? written : 0,
      };
    },
    reset() {
      known.clear();
    },
  };
}

interface Mark {
  readonly key: string;
  readonly characters: number;
  readonly ttl: string;
}

function marksOf(body: JsonObject): readonly Mark[] {
  const hash = createHash("sha1").update(String(body["model"]));
  const marks: Mark[] = [];
  let characters = 0;
  const pass = (block: JsonObject, length: number): void => {
    const { cache_control: control, ...rest } = block;
    characters += length;
    hash.update(JSON.stringify(rest));
    if (isObject(control)) {
      marks.push({ key: hash.copy().digest("base64"), characters, ttl: control["ttl"] === "1h" ? "1h" : "5m" });
    }
  };
  for (const tool of objectsOf(body["tools"])) {
    pass(tool, JSON.stringify(tool).length);
  }
  passContent(body["system"], pass);
  for (const message of objectsOf(body["messages"])) {
    hash.update(String(message["role"]));
    passContent(message["content"], pass);
  }
  const automatic = body["cache_control"];
  if (isObject(automatic)) {
    pass({ cache_control: automatic }, 0);
  }
  return marks;
}

function passContent(content: unknown, pass: (block: JsonObject, length: number) => void): void {
  if (typeof content === "string") {
    pass({ type: "text", text: content }, charactersOfContent(content));
    return;
  }
  for (const part of objectsOf(content)) {
    pass(part, charactersOfPart(part));
  }
}
