import { type ChatRequest, type ServerTool, type Tool, ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import type { DialectName } from "./dialect.ts";
import type { Changes } from "./parameter-change.ts";

/**
 * Leaves out tools that only providers of another dialect know or run, so that the model can still use the others: an agent offers such tools with every
 * request. Reported, each. They stay, for the dialect to refuse, where the request demands one of them. `takes`: those that the dialect has in a
 * form of its own. The same object where nothing is left out.
 */
export function leaveOutForeignTools(
  request: ChatRequest,
  own: DialectName,
  takes: (tool: ServerTool) => boolean,
  changes: Changes,
): ChatRequest {
  const isForeign = ({ kind }: Tool): boolean =>
    kind.case === "server" && kind.value.dialect !== own && !takes(kind.value);
  const kept = request.tools.filter((tool) => !isForeign(tool));
  if (kept.length === request.tools.length || demands(request, kept)) return request;
  for (const [index, { kind }] of request.tools.entries()) {
    if (kind.case !== "server" || !isForeign(request.tools[index] as Tool)) continue;
    const { type, dialect } = kind.value;
    changes.drop(`tools[${index}]`, `${type} is known to providers of ${dialect} alone: the model is not told of it`);
  }
  return { ...request, tools: kept };
}

/** Whether the request must have a tool called that is not among those kept. */
function demands({ toolChoice }: ChatRequest, kept: readonly Tool[]): boolean {
  switch (toolChoice?.mode) {
    case ToolChoiceMode.REQUIRED:
      return kept.length === 0;
    case ToolChoiceMode.TOOL:
      return !kept.some(({ kind }) => kind.case !== undefined && kind.value.name === toolChoice.tool);
    default:
      return false;
  }
}
