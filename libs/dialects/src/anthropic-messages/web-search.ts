import type { WebSearch } from "../web-search.ts";
import type { Crossing } from "./crossing.ts";
import type { Draft } from "./wire.ts";

/** The first version, which every model that searches takes (types of Anthropic's SDK 1.12.0, seen 2026-11-22). */
const type = "web_search_20250305";

/** Another provider's search of the web as Anthropic's. `what` names it in the report. */
export function encodeWebSearch(search: WebSearch, what: string, path: string, { changes }: Crossing): Draft {
  const { allowedDomains, blockedDomains, location, maxUses, contextSize, rest } = search;
  // Anthropic takes one of the two lists.
  const blocked = allowedDomains.length > 0 ? [] : blockedDomains;
  const lost = [
    ...rest,
    ...(contextSize === undefined ? [] : ["search_context_size"]),
    ...(blocked.length < blockedDomains.length ? ["blocked_domains"] : []),
  ];
  changes.convert(path, `${what} is sent as ${type}${lost.length > 0 ? `, without ${lost.join(", ")}` : ""}`);
  return {
    type,
    name: "web_search",
    ...(maxUses !== undefined && { max_uses: maxUses }),
    ...(allowedDomains.length > 0 && { allowed_domains: allowedDomains }),
    ...(blocked.length > 0 && { blocked_domains: blocked }),
    ...(location !== undefined && { user_location: { type: "approximate", ...location } }),
  };
}
