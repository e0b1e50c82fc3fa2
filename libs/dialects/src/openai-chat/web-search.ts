import type { Tool } from "@sluice/api/sluice/chat/v1/chat_request";
import type { JsonValue } from "../dialect.ts";
import { readWebSearch } from "../web-search.ts";
import type { EncodeContext } from "./encode-context.ts";
import { dialectName } from "./wire.ts";

/**
 * Another provider's search of the web as `web_search_options`, which is no tool here and which OpenAI's models for searching take alone.
 * Whether it was one and is written.
 */
export function encodeWebSearch(
  tool: Tool,
  path: string,
  target: Record<string, JsonValue | undefined>,
  context: EncodeContext,
): boolean {
  if (tool.kind.case !== "server" || tool.kind.value.dialect === dialectName || !context.searchesWeb) return false;
  const search = readWebSearch(tool.kind.value);
  if (search === undefined) return false;
  const { allowedDomains, blockedDomains, location, maxUses, contextSize, rest } = search;
  const lost = [
    ...rest,
    ...(allowedDomains.length > 0 ? ["allowed_domains"] : []),
    ...(blockedDomains.length > 0 ? ["blocked_domains"] : []),
    ...(maxUses === undefined ? [] : ["max_uses"]),
  ];
  const { type, dialect } = tool.kind.value;
  const without = lost.length > 0 ? `, without ${lost.join(", ")}` : "";
  context.changes.convert(path, `${type} of ${dialect} is sent as web_search_options${without}`);
  target["web_search_options"] = {
    ...(contextSize !== undefined && { search_context_size: contextSize }),
    ...(location !== undefined && { user_location: { type: "approximate", approximate: location } }),
  };
  return true;
}
