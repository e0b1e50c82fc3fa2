import type { Part } from "@sluice/api/sluice/chat/v1/content";
import { isNote, reportForeignExtensions } from "../extension.ts";
import { isObject, parseJson, setMember } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { type Draft, dialectName, readMember } from "./wire.ts";

/** Extensions that are put in their place where their block is made. */
const placed: ReadonlySet<string> = new Set(["guardContent", "s3Location.bucketOwner"]);

/**
 * Puts Bedrock's own fields of a part back into the one member of its block (of reasoning, into its text), and reports those of other dialects.
 * `block`: undefined where the part is not sent.
 */
export function restoreMemberFields(block: Draft | undefined, part: Part, changes: Changes, path: string): void {
  reportForeignExtensions(part.extensions, dialectName, changes, `${path}.`);
  for (const extension of part.extensions) {
    const { dialect, field, json } = extension;
    if (dialect !== dialectName || isNote(extension) || placed.has(field)) continue;
    const member = block === undefined ? undefined : readMember(block);
    const value = parseJson(json);
    if (block === undefined || member === undefined || !isObject(member.value) || value === undefined) {
      changes.drop(`${path}.${field}`, "its block is not sent");
      continue;
    }
    const text = member.value["reasoningText"];
    const target: Draft = { ...(isObject(text) ? text : member.value) };
    if (Object.hasOwn(target, field)) changes.drop(`${path}.${field}`, "set by another field");
    else setMember(target, field, value);
    block[member.name] = isObject(text) ? { ...member.value, reasoningText: target } : target;
  }
}
