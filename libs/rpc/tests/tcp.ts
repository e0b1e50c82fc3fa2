import { connect, type Socket } from "node:net";

/** A connection over which a test says exactly what it wants. */
export interface RawConnection {
  readonly socket: Socket;
  send(bytes: string | Uint8Array): void;
  /** Everything received so far, as Latin-1. */
  received(): string;
  /** Resolves with everything received once the other side has closed. */
  readonly closed: Promise<string>;
}

export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect(port, "127.0.0.1");
  const pieces: Buffer[] = [];
  const closed = Promise.withResolvers<string>();
  const received = () => Buffer.concat(pieces).toString("latin1");
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  socket.on("error", () => {});
  socket.on("close", () => closed.resolve(received()));
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return { socket, send: (bytes) => void socket.write(bytes), received, closed: closed.promise };
}

/** The head of a POST as the fast lane takes it, ending where the body begins. */
export function postHead(path: string, contentType: string, ...headers: string[]): string {
  return [`POST ${path} HTTP/1.1`, "host: test", `content-type: ${contentType}`, ...headers, "", ""].join("\r\n");
}

/** An envelope with any flags and any length, told truly or not. */
export function envelope(flags: number, data: Uint8Array, announcedBytes = data.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flags;
  prefix.writeUInt32BE(announcedBytes, 1);
  return Buffer.concat([prefix, data]);
}
