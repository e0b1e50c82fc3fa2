import type { IncomingHttpHeaders } from "node:http";

/** Headers that belong to the protocol or the connection: metadata may not set them. */
const protocolHeaders = new Set([
  "accept-encoding",
  "connect-accept-encoding",
  "connect-content-encoding",
  "connect-protocol-version",
  "connect-timeout-ms",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const trailerPrefix = "trailer-";

/** Headers as Node's server and undici take them: name, value, name, value. */
export type HeaderList = string[];

/** Headers as callers give them. */
export type HeaderInit = ConstructorParameters<typeof Headers>[0];

/** Adds metadata to a list of headers, leaving out what belongs to the protocol. */
export function appendMetadata(list: HeaderList, metadata: Headers | undefined, prefix = ""): void {
  metadata?.forEach((value, name) => {
    if (!protocolHeaders.has(name)) list.push(prefix + name, value);
  });
}

/** Adds a unary call's trailers, which travel as headers. */
export function appendTrailers(list: HeaderList, trailer: Headers | undefined): void {
  appendMetadata(list, trailer, trailerPrefix);
}

/** Adds what a caller gave in its call options. */
export function appendInit(list: HeaderList, init: HeaderInit): void {
  if (init === undefined) return;
  if (init instanceof Headers) {
    appendMetadata(list, init);
    return;
  }
  const pairs = Array.isArray(init) ? init : Object.entries(init);
  for (const [name, value] of pairs) {
    if (name === undefined || value === undefined) continue;
    const lower = name.toLowerCase();
    if (!protocolHeaders.has(lower)) list.push(lower, String(value));
  }
}

/** Node's and undici's flat view of received headers, as the fetch API's. */
export function headersOf(received: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const name in received) appendAll(headers, name, received[name]);
  return headers;
}

/** A unary answer's headers and, apart from them, its trailers. */
export function splitTrailers(received: IncomingHttpHeaders): { readonly header: Headers; readonly trailer: Headers } {
  const header = new Headers();
  const trailer = new Headers();
  for (const name in received) {
    if (name.startsWith(trailerPrefix)) appendAll(trailer, name.slice(trailerPrefix.length), received[name]);
    else appendAll(header, name, received[name]);
  }
  return { header, trailer };
}

/** Adds every field of `from` to `into`. */
export function mergeInto(into: Headers, from: Headers | undefined): void {
  from?.forEach((value, name) => {
    into.append(name, value);
  });
}

function appendAll(headers: Headers, name: string, value: string | string[] | undefined): void {
  if (value === undefined || name.startsWith(":")) return;
  if (typeof value === "string") headers.append(name, value);
  else for (const one of value) headers.append(name, one);
}
