import type { JsonObject } from "@sluice/dialects";
import type { Payload } from "../flow/gateway-request.ts";

/** Tools by these types are the caller's own: the provider runs none of them. */
const callersTypes: ReadonlySet<unknown> = new Set([undefined, "function", "custom"]);

/**
 * Whether the provider may run tools of its own for the request, such as a web search. What they bring is charged as input, and is in no
 * relation to what was sent.
 */
export function asksForServerTools(payload: Payload): boolean {
  if (payload.kind === "chat") return payload.chat.tools.some((tool) => tool.kind.case === "server");
  if (payload.kind !== "body") return false;
  const { tools, web_search_options: webSearch, mcp_servers: mcpServers } = payload.json;
  if (webSearch !== undefined || mcpServers !== undefined) return true;
  return Array.isArray(tools) && tools.some((tool) => isServerTool(tool as JsonObject | null));
}

/** Gemini's tools have no type: each member of one is a tool, and only declared functions are the caller's. */
function isServerTool(tool: JsonObject | null): boolean {
  if (tool === null || typeof tool !== "object") return false;
  const { type } = tool;
  if (type !== undefined) return !callersTypes.has(type);
  if (tool["name"] !== undefined || tool["function"] !== undefined) return false;
  return Object.keys(tool).some((member) => member !== "functionDeclarations" && member !== "function_declarations");
}
