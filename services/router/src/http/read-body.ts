import type { IncomingMessage } from "node:http";

export type ReadBody =
  | { readonly kind: "read"; readonly bytes: Buffer }
  | { readonly kind: "too_large" }
  /** The caller left, or broke off, before the body was whole. */
  | { readonly kind: "cut" };

/** Collects a request's body, at most `maxBytes` of it. The rest of one that is larger is left unread. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  return new Promise((resolve) => {
    if (Number(request.headers["content-length"] ?? 0) > maxBytes) {
      resolve({ kind: "too_large" });
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) {
        request.pause();
        resolve({ kind: "too_large" });
      } else {
        chunks.push(chunk);
      }
    });
    request.on("end", () => {
      resolve({ kind: "read", bytes: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) });
    });
    request.on("error", () => resolve({ kind: "cut" }));
    request.on("close", () => resolve({ kind: "cut" }));
  });
}
