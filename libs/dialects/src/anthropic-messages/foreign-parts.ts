import { type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { Crossing } from "./crossing.ts";
import { dialectName, isOwnServerCall } from "./wire.ts";

/**
 * An earlier turn of the model without what another provider ran or knows alone: calls of its own tools, their results, its opaque pieces. The
 * conversation goes on without them, and each is reported.
 */
export function dropForeignParts(parts: readonly Part[], path: string, { changes }: Crossing): readonly Part[] {
  const answered = new Set(parts.filter(isOwnResult).map(({ kind }) => kind.value.toolCallId));
  return parts.filter(({ kind }, index) => {
    const at = `${path}[${index}]`;
    switch (kind.case) {
      case "toolCall": {
        const { id, tool, toolKind } = kind.value;
        if (toolKind !== ToolCallKind.SERVER || isOwnServerCall(id) || answered.has(id)) return true;
        changes.drop(at, `a call of ${tool}, which another provider ran`);
        return false;
      }
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

function isOwnResult(part: Part): part is Part & { kind: { case: "toolResult" } } {
  return (
    part.kind.case === "toolResult" && part.kind.value.serverType !== "" && part.kind.value.dialect === dialectName
  );
}
