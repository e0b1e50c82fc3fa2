import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, readExtension } from "../extension.ts";
import { isObject, objectOf, stringOf } from "../json.ts";
import { type Draft, dialectName } from "./wire.ts";

// What an answer says beside itself and no client of another dialect misses: how long it took, and the stop sequence that it was asked to tell.
// Not reported where it is left out.

/** Fields of an answer, or of a stream's last events, that are noted here. */
export const notedFields: ReadonlySet<string> = new Set(["metrics", "additionalModelResponseFields"]);

export function noteResponse(source: JsonObject): Extension[] {
  const notes: Extension[] = [];
  const { metrics, additionalModelResponseFields: additional } = source;
  if (metrics !== undefined && metrics !== null) notes.push(createExtension(dialectName, "#metrics", metrics));
  if (additional === undefined || additional === null) return notes;
  const field = isStopSequenceAlone(additional) ? "#additionalModelResponseFields" : "additionalModelResponseFields";
  return [...notes, createExtension(dialectName, field, additional)];
}

/** `{"stop_sequence"}`, in a stream below `delta`: the hub has a place for it. */
function isStopSequenceAlone(additional: JsonValue): boolean {
  if (!isObject(additional) || Object.keys(additional).length !== 1) return false;
  const inner = objectOf(additional["delta"]) ?? additional;
  return (
    Object.keys(inner).length === 1 &&
    (inner["stop_sequence"] === null || stringOf(inner["stop_sequence"]) !== undefined)
  );
}

/** The fields to be told again. `met`: the stop sequence of an answer that did not come from Bedrock. */
export function restoreNotes(extensions: readonly Extension[], met: string | undefined, stream: boolean): Draft {
  const metrics = readExtension(extensions, dialectName, "#metrics");
  const own =
    readExtension(extensions, dialectName, "additionalModelResponseFields") ??
    readExtension(extensions, dialectName, "#additionalModelResponseFields");
  const told = met === undefined ? undefined : stream ? { delta: { stop_sequence: met } } : { stop_sequence: met };
  const additional = own ?? told;
  return {
    ...(metrics !== undefined && { metrics }),
    ...(additional !== undefined && { additionalModelResponseFields: additional }),
  };
}
