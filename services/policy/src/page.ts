import { invalidArgument } from "./errors.ts";

const defaultPageSize = 50;
const maxPageSize = 1_000;

/** How many to return: what was asked for, 50 where nothing was, 1000 at most. */
export function readPageSize(pageSize: number): number {
  return pageSize === 0 ? defaultPageSize : Math.min(pageSize, maxPageSize);
}

/** A token that names the last item of a page. Callers treat it as opaque. */
export function encodePageToken(position: readonly string[]): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/** The position that a token names, of `parts` parts. Undefined: from the beginning. */
export function decodePageToken(token: string, parts: number): readonly string[] | undefined {
  if (token === "") return undefined;
  try {
    const position: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    const isPosition =
      Array.isArray(position) && position.length === parts && position.every((part) => typeof part === "string");
    if (isPosition) return position;
  } catch {
    // Not one of ours: said below.
  }
  throw invalidArgument(
    "page_token",
    "page_token is not one that this method returned; repeat the call without a token",
  );
}

/** A page of items that are ordered by name. */
export function pageOf<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  request: { readonly pageSize: number; readonly pageToken: string },
): { readonly items: readonly Item[]; readonly nextPageToken: string } {
  const after = decodePageToken(request.pageToken, 1)?.[0] ?? "";
  const rest = items.filter((item) => nameOf(item) > after);
  const page = rest.slice(0, readPageSize(request.pageSize));
  const last = page.at(-1);
  return {
    items: page,
    nextPageToken: last !== undefined && rest.length > page.length ? encodePageToken([nameOf(last)]) : "",
  };
}
