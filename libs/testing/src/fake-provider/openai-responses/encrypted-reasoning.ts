import { isSealedThinking, sealThinking } from "../thinking-signature.ts";

const PREFIX = "gAAAAAB";

/** The `encrypted_content` of a reasoning item. It carries the reasoning, and any fake can read it. */
export function encryptReasoning(reasoning: string): string {
  return PREFIX + sealThinking(reasoning);
}

/**
 * What `response.output_item.added` carries: not yet the whole, and refused when it comes back
 * (openai package 7.57.0, ResponseReasoningItem.encrypted_content, seen 2026-11-22).
 */
export function partOfEncrypted(encrypted: string): string {
  return encrypted.slice(0, PREFIX.length + Math.floor((encrypted.length - PREFIX.length) / 2));
}

export function isEncryptedReasoning(encrypted: string): boolean {
  return encrypted.startsWith(PREFIX) && isSealedThinking(encrypted.slice(PREFIX.length));
}
