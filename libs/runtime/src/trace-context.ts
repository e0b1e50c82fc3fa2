/** W3C Trace Context level 1 (https://www.w3.org/TR/trace-context-1/, seen 2026-11-22). */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const noTraceId = "0".repeat(32);
const noSpanId = "0".repeat(16);
const maxTracestateLength = 512;

/** Undefined if the header is malformed. Later versions are read as far as version 00 goes, as the standard asks. */
export function parseTraceparent(header: string): TraceContext | undefined {
  if (header.length < 55 || header.length > 256) return undefined;
  const match = pattern.exec(header);
  if (match === null) return undefined;
  const [, version = "", traceId = "", spanId = "", flags = "", rest] = match;
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  if (traceId === noTraceId || spanId === noSpanId) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent(context: TraceContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? "01" : "00"}`;
}

/** The header to send on: unchanged, or undefined if it is too long or holds anything but printable ASCII. */
export function readTracestate(header: string | undefined): string | undefined {
  if (header === undefined || header === "" || header.length > maxTracestateLength) return undefined;
  return /^[\t\x20-\x7e]+$/.test(header) ? header : undefined;
}
