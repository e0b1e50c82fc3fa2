import { create } from "@bufbuild/protobuf";
import { type TokenUsage, TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";

/** The largest answer that is read for its usage: pictures make it large, and what is larger passes unread. */
const maxReadBytes = 8 * 1024 * 1024;

/**
 * Reads what an answer that is passed on says of its usage in tokens, as OpenAI's images and transcriptions do (platform.openai.com/docs/api-reference,
 * seen 2026-11-22). What is counted in seconds or pictures is not tokens, and stays unread.
 */
export function createForwardedUsage(contentType: string) {
  const readable = /^application\/json/i.test(contentType);
  let chunks: Buffer[] = [];
  let length = 0;

  return {
    push(chunk: Buffer): void {
      if (!readable || length > maxReadBytes) return;
      length += chunk.length;
      if (length > maxReadBytes) chunks = [];
      else chunks.push(chunk);
    },
    read(): TokenUsage | undefined {
      if (!readable || length > maxReadBytes) return undefined;
      const text = Buffer.concat(chunks).toString();
      if (!text.includes('"usage"')) return undefined;
      try {
        return usageOf((JSON.parse(text) as { usage?: unknown }).usage);
      } catch {
        return undefined;
      }
    },
  };
}

function usageOf(usage: unknown): TokenUsage | undefined {
  if (usage === null || typeof usage !== "object") return undefined;
  const members = usage as Readonly<Record<string, unknown>>;
  const input = countOf(members["input_tokens"] ?? members["prompt_tokens"] ?? members["total_tokens"]);
  const output = countOf(members["output_tokens"] ?? members["completion_tokens"]);
  if (input === undefined && output === undefined) return undefined;
  const details = members["input_tokens_details"] as Readonly<Record<string, unknown>> | null | undefined;
  const image = countOf(details?.["image_tokens"]);
  const audio = countOf(details?.["audio_tokens"]);
  return create(TokenUsageSchema, {
    ...(input === undefined ? {} : { inputTokens: input }),
    ...(output === undefined ? {} : { outputTokens: output }),
    ...(image === undefined ? {} : { imageInputTokens: image }),
    ...(audio === undefined ? {} : { audioInputTokens: audio }),
  });
}

function countOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff ? value : undefined;
}
