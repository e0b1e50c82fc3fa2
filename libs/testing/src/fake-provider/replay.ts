import type { Recording } from "../recordings.ts";
import { findRecording, readRecording } from "../recordings.ts";
import type { Answer } from "./answer.ts";
import type { ReportedUsage } from "./request-log.ts";

/** Headers of the recording that would contradict how the fake frames the body. */
const FRAMING = new Set(["content-length", "transfer-encoding", "connection", "content-encoding", "content-type"]);

/** The recording as it was served: exact bytes, status and headers. Undefined where there is no such recording. */
export function answerReplay(id: string, directory: string): Answer | undefined {
  const recording = findRecording(id, directory);
  if (recording === undefined) {
    return undefined;
  }
  const bytes = readRecording(id, directory);
  const kept = Object.entries(recording.responseHeaders).filter(([name]) => !FRAMING.has(name.toLowerCase()));
  const usage = usageOf(recording);
  return {
    status: recording.status,
    headers: { ...Object.fromEntries(kept), "content-type": recording.contentType },
    body: recording.stream
      ? { kind: "events", events: splitWireEvents(bytes, recording.contentType) }
      : { kind: "whole", bytes },
    ...(usage && { usage }),
  };
}

/** The bytes cut behind each event: SSE at its blank lines, AWS event streams at their frames. Joined, they are the bytes. */
export function splitWireEvents(bytes: Buffer, contentType: string): readonly Buffer[] {
  return contentType.startsWith("application/vnd.amazon.eventstream") ? splitFrames(bytes) : splitSse(bytes);
}

function splitSse(bytes: Buffer): readonly Buffer[] {
  const events: Buffer[] = [];
  let start = 0;
  // latin1 keeps one character per byte.
  for (const match of bytes.toString("latin1").matchAll(/\r\n\r\n|\n\n|\r\r/g)) {
    const end = match.index + match[0].length;
    events.push(bytes.subarray(start, end));
    start = end;
  }
  return start < bytes.length ? [...events, bytes.subarray(start)] : events;
}

function splitFrames(bytes: Buffer): readonly Buffer[] {
  const frames: Buffer[] = [];
  let start = 0;
  while (start + 4 <= bytes.length) {
    const end = start + Math.max(4, bytes.readUInt32BE(start));
    frames.push(bytes.subarray(start, end));
    start = end;
  }
  return frames;
}

function usageOf(recording: Recording): ReportedUsage | undefined {
  const { usage } = recording.expect;
  if (typeof usage !== "object" || usage === null || usage.input === null) {
    return undefined;
  }
  return {
    inputTokens: usage.input,
    outputTokens: usage.output ?? 0,
    ...(usage.cache_read !== null && { cachedInputTokens: usage.cache_read }),
    ...(usage.cache_write !== null && { cacheWriteInputTokens: usage.cache_write }),
    ...(usage.reasoning !== null && { reasoningTokens: usage.reasoning }),
  };
}
