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
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) {
        request.off("data", take);
        request.pause();
        resolve({ kind: "too_large" });
      } else {
        chunks.push(chunk);
      }
    };
    request.on("data", take);
    request.on("end", () => {
      resolve({ kind: "read", bytes: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) });
    });
    request.on("error", () => resolve({ kind: "cut" }));
    request.on("close", () => resolve({ kind: "cut" }));
  });
}

/** Whether more of a request's body may come. */
export function awaitsBody(request: IncomingMessage): boolean {
  if (request.complete) return false;
  const { headers, httpVersionMajor } = request;
  return httpVersionMajor > 1 || "transfer-encoding" in headers || Number(headers["content-length"] ?? 0) > 0;
}

/** How long a caller may go on sending what nobody reads. */
const discardTimeoutMs = 30_000;

/** Takes the rest of a body off the wire. Resolves when there is no more, or the time is over. */
export function discardRest(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, discardTimeoutMs);
    timer.unref();
    request.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    request.once("end", resolve);
    request.resume();
  });
}
