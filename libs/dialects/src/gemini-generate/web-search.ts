import type { JsonObject } from "../dialect.ts";
import type { WebSearch } from "../web-search.ts";
import type { Crossing } from "./crossing.ts";

/**
 * Another provider's search of the web as Google's, which searches as it sees fit: only Vertex AI leaves domains out, and the Gemini API refuses
 * the member that says which (`GoogleSearch` of npm `@google/genai` 3.1.0, seen 2026-11-22). `what` names it in the report.
 */
export function encodeWebSearch(search: WebSearch, what: string, path: string, { changes }: Crossing): JsonObject {
  const { allowedDomains, blockedDomains, location, maxUses, contextSize, rest } = search;
  const lost = [
    ...rest,
    ...(allowedDomains.length > 0 ? ["allowed_domains"] : []),
    ...(blockedDomains.length > 0 ? ["blocked_domains"] : []),
    ...(location === undefined ? [] : ["user_location"]),
    ...(maxUses === undefined ? [] : ["max_uses"]),
    ...(contextSize === undefined ? [] : ["search_context_size"]),
  ];
  changes.convert(path, `${what} is sent as googleSearch${lost.length > 0 ? `, without ${lost.join(", ")}` : ""}`);
  return { googleSearch: {} };
}
