import type { Socket } from "node:net";

/** How an HTTP/2 connection begins (RFC 9113, 3.4). Three bytes tell it from every HTTP/1.1 method. */
const preface = Buffer.from("PRI");

export type SniffVerdict = "http1" | "http2" | "closed";

/**
 * Reads a connection's first bytes, puts them back, pauses it and says which protocol they begin. "closed": it ended, failed, or sent too little in time;
 * nothing is left to do with it.
 */
export function sniffHttp2(socket: Socket, timeoutMs: number, decide: (verdict: SniffVerdict) => void): void {
  let seen: Buffer | undefined;

  function finish(verdict: SniffVerdict): void {
    socket.off("data", onData);
    socket.off("close", onClose);
    socket.off("end", onClose);
    socket.off("timeout", onTimeout);
    socket.off("error", onError);
    if (verdict === "closed") {
      socket.on("error", onError);
      socket.destroy();
    } else {
      socket.setTimeout(0);
      socket.pause();
      if (seen !== undefined) socket.unshift(seen);
    }
    decide(verdict);
  }
  function onData(chunk: Buffer): void {
    seen = seen === undefined ? chunk : Buffer.concat([seen, chunk]);
    const length = Math.min(seen.length, preface.length);
    const matches = seen.subarray(0, length).equals(preface.subarray(0, length));
    if (!matches) finish("http1");
    else if (length === preface.length) finish("http2");
  }
  const onClose = () => finish("closed");
  const onTimeout = () => finish("closed");
  /** Without a listener a connection reset would end the process. */
  const onError = () => {};

  socket.on("data", onData);
  socket.on("close", onClose);
  socket.on("end", onClose);
  socket.on("timeout", onTimeout);
  socket.on("error", onError);
  socket.setTimeout(timeoutMs);
}
