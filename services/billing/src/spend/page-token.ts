import { hash } from "node:crypto";

/** A place in a list, and the query that it belongs to: base64url of JSON. Opaque to callers. */
export function formatPageToken(query: unknown, place: readonly string[]): string {
  return Buffer.from(JSON.stringify([fingerprint(query), ...place])).toString("base64url");
}

/** Undefined if the token was not made by formatPageToken for the same query with as many parts. */
export function parsePageToken(token: string, query: unknown, parts: number): string[] | undefined {
  let decoded: unknown;
  try {
    decoded = JSON.parse(Buffer.from(token, "base64url").toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(decoded) || decoded.length !== parts + 1) return undefined;
  if (!decoded.every((part) => typeof part === "string")) return undefined;
  const [of, ...place] = decoded as string[];
  return of === fingerprint(query) ? place : undefined;
}

function fingerprint(query: unknown): string {
  return hash("sha256", JSON.stringify(query), "base64url").slice(0, 12);
}
