import { createServer, type Socket } from "node:net";
import { announce } from "./hot-path/announce.ts";
import { chunkIntervalMs, streamReply, unaryReply } from "./hot-path/bodies.ts";

// An upstream that costs as little as possible: prebuilt answers on raw sockets. Streams are paced by one timer, so that chunks do not
// coalesce and each of them costs what it costs with a real provider.

const headEnd = Buffer.from("\r\n\r\n");
const streamMark = Buffer.from('"stream":true');
const maxRequestBytes = 64 * 1024 * 1024;

const reply = unaryReply();
const unary = Buffer.concat([
  Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${reply.length}\r\n\r\n`),
  reply,
]);
const streamHead = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n",
);
const chunks = streamReply().map(frame);
const streamEnd = Buffer.concat([frame(Buffer.from("data: [DONE]\n\n")), Buffer.from("0\r\n\r\n")]);

/** Running streams, and the place of the next chunk of each. */
const streams = new Map<Socket, number>();
setInterval(() => {
  for (const [socket, place] of streams) {
    const chunk = chunks[place];
    if (chunk === undefined) {
      streams.delete(socket);
      socket.write(streamEnd);
    } else {
      streams.set(socket, place + 1);
      socket.write(chunk);
    }
  }
}, chunkIntervalMs);

const server = createServer({ noDelay: true }, (socket) => {
  let rest: Buffer | undefined;
  socket.on("data", (data: Buffer) => {
    rest = rest === undefined ? data : Buffer.concat([rest, data]);
    while (rest !== undefined) {
      const byteLength = requestBytes(rest);
      if (byteLength === undefined) {
        if (rest.length > maxRequestBytes) socket.destroy();
        return;
      }
      answer(socket, rest.subarray(0, byteLength));
      rest = rest.length === byteLength ? undefined : rest.subarray(byteLength);
    }
  });
  socket.on("close", () => streams.delete(socket));
  socket.on("error", () => socket.destroy());
});

function answer(socket: Socket, request: Buffer): void {
  if (request.includes(streamMark)) {
    socket.write(streamHead);
    streams.set(socket, 0);
  } else socket.write(unary);
}

/** The length of the first request; undefined while it is incomplete. */
function requestBytes(data: Buffer): number | undefined {
  const end = data.indexOf(headEnd);
  if (end === -1) return undefined;
  const head = data.toString("latin1", 0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? "0";
  const total = end + headEnd.length + Number(length);
  return data.length < total ? undefined : total;
}

function frame(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

announce(server);
