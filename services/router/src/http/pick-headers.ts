import type { HeaderReader } from "./request-headers.ts";

/** Those of the headers that the request has. */
export function pickHeaders(names: readonly string[], header: HeaderReader): Readonly<Record<string, string>> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = header(name);
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
