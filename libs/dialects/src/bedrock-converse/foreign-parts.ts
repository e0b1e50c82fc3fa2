import { type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { Changes } from "../parameter-change.ts";
import { dialectName } from "./wire.ts";

/**
 * An earlier turn of the model without what another provider ran or knows alone: calls of its own tools, their results, its opaque pieces. The
 * conversation goes on without them, and each is reported.
 */
export function dropForeignParts(parts: readonly Part[], path: string, changes: Changes): readonly Part[] {
  const answered = new Set(
    parts.flatMap(({ kind }) =>
      kind.case === "toolResult" && kind.value.serverType !== "" && kind.value.dialect === dialectName
        ? [kind.value.toolCallId]
        : [],
    ),
  );
  return parts.filter(({ kind }, index) => {
    const at = `${path}[${index}]`;
    switch (kind.case) {
      case "toolCall":
        if (kind.value.toolKind !== ToolCallKind.SERVER || answered.has(kind.value.id)) return true;
        changes.drop(at, `a call of ${kind.value.tool}, which another provider ran`);
        return false;
      case "toolResult":
        if (kind.value.serverType === "" || kind.value.dialect === dialectName) return true;
        changes.drop(at, `a ${kind.value.serverType}, which another provider made`);
        return false;
      case "opaque":
        if (kind.value.dialect === dialectName) return true;
        changes.drop(at, `a ${kind.value.type} of ${kind.value.dialect}`);
        return false;
      default:
        return true;
    }
  });
}
