import { createHash } from "node:crypto";

/** Bedrock's own rule (API_runtime_ToolUseBlock, seen 2026-11-22). */
const taken = /^[a-zA-Z0-9_.:-]{1,64}$/;
const takenByMistral = /^[a-zA-Z0-9]{9}$/;

/**
 * A call's id as the model takes it: one that does not fit becomes its own digest, always in the same way, so that a result finds its call.
 * Empty stays empty.
 */
export function encodeToolCallId(id: string, short: boolean): string {
  if (id === "" || (short ? takenByMistral : taken).test(id)) return id;
  const digest = createHash("sha256").update(id).digest("hex");
  return short ? digest.slice(0, 9) : `call_${digest.slice(0, 32)}`;
}

const tools = /^[a-zA-Z0-9_-]{1,64}$/;

export function isToolName(name: string): boolean {
  return tools.test(name);
}

/** The name in a call of an earlier turn, of a tool that is not there: models make such names up, and Bedrock refuses them. */
export function fitToolName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_-]+/g, "_").slice(0, 64) || "tool";
}
