import { isSealedThinking, sealThinking } from "../thinking-signature.ts";

/** What stands for a signature where the model made no call: documented for calls of other models and injected ones. */
const STAND_INS = ["skip_thought_signature_validator", "context_engineering_is_the_way_to_go"];

/** The signature of a part. It carries the thought, and any fake can read it. */
export function signThought(thought: string): string {
  return sealThinking(thought);
}

export function isThoughtSignature(signature: string): boolean {
  return STAND_INS.includes(signature) || isSealedThinking(signature);
}
