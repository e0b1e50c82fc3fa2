import { editJson, findJsonMembers, type JsonEdit, type JsonObject, spliceEdits } from "@sluice/dialects";
import type { BodyFrame } from "../kinds/provider-kind.ts";

/** The body as its provider wraps the dialect: what it says elsewhere left out, what it wants besides added. No change to what is asked. */
export function frameBytes(bytes: Uint8Array, frame: BodyFrame): Uint8Array {
  const present = new Set(findJsonMembers(bytes).map(({ key }) => key));
  return spliceEdits(
    bytes,
    editsOf(frame, (name) => present.has(name)),
  );
}

export function frameJson(body: JsonObject, frame: BodyFrame): JsonObject {
  return editJson(
    body,
    editsOf(frame, (name) => Object.hasOwn(body, name)),
  );
}

function editsOf({ omit, add }: BodyFrame, isPresent: (name: string) => boolean): readonly JsonEdit[] {
  return [
    ...omit.map((name) => ({ path: [name], action: { kind: "remove" as const } })),
    ...Object.entries(add)
      .filter(([name]) => !isPresent(name))
      .map(([name, value]) => ({ path: [name], action: { kind: "set" as const, value } })),
  ];
}
