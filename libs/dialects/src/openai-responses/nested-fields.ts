import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import { parseJson, setMember } from "../json.ts";
import { type Draft, dialectName } from "./wire.ts";

// Members of `text` and `reasoning` that the hub has no place for are kept as extensions named by their path, such as `text.verbosity`.

/** Puts this dialect's own members of an object back that the hub knows in part. */
export function restoreNested(head: "text." | "reasoning.", request: ChatRequest, target: Draft): void {
  for (const { dialect, field, json } of request.extensions) {
    if (dialect !== dialectName || !field.startsWith(head)) continue;
    const member = field.slice(head.length);
    const value = parseJson(json);
    if (value !== undefined && !Object.hasOwn(target, member)) setMember(target, member, value);
  }
}
