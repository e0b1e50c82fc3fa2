import type { UpstreamHeaders } from "../upstream/upstream-http.ts";

export const removed = "[removed]";

/**
 * Headers of a request whose values are no secret. Every other value is removed: a provider's credential may stand in a header of any name,
 * and what the configuration adds too.
 */
const openRequestHeaders: ReadonlySet<string> = new Set([
  ...["accept", "accept-encoding", "content-encoding", "content-length", "content-type", "host", "user-agent"],
  ...["anthropic-beta", "anthropic-version", "openai-beta", "http-referer", "x-title"],
  ...["x-amz-content-sha256", "x-amz-date"],
]);

/** Parameters of a query whose values are no secret. */
const openQueryParameters: ReadonlySet<string> = new Set(["alt", "api-version", "version", "limit", "after", "before"]);

const hiddenResponseHeaders: ReadonlySet<string> = new Set(["set-cookie", "set-cookie2"]);

/** `headers`: name, value, name, value. Of one that comes twice, the last. */
export function requestHeadersToKeep(headers: readonly string[]): Readonly<Record<string, string>> {
  const kept = new Map<string, string>();
  for (let place = 0; place + 1 < headers.length; place += 2) {
    const name = (headers[place] ?? "").toLowerCase();
    kept.set(name, openRequestHeaders.has(name) ? (headers[place + 1] ?? "") : removed);
  }
  return Object.fromEntries(kept);
}

export function responseHeadersToKeep(headers: UpstreamHeaders): Readonly<Record<string, string>> {
  const kept = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || hiddenResponseHeaders.has(name.toLowerCase())) continue;
    kept.set(name.toLowerCase(), Array.isArray(value) ? value.join(", ") : value);
  }
  return Object.fromEntries(kept);
}

/** `path` with its query. */
export function urlToKeep(origin: string, path: string): string {
  const mark = path.indexOf("?");
  if (mark < 0) return origin + path;
  const parameters = path
    .slice(mark + 1)
    .split("&")
    .map((parameter) => {
      const equals = parameter.indexOf("=");
      const name = equals < 0 ? parameter : parameter.slice(0, equals);
      return equals < 0 || openQueryParameters.has(name.toLowerCase()) ? parameter : `${name}=${removed}`;
    });
  return `${origin}${path.slice(0, mark)}?${parameters.join("&")}`;
}
