import { createServer, type Socket } from "node:net";
import { announce } from "./hot-path/announce.ts";
import { chunkIntervalMs, streamReply, unaryReply } from "./hot-path/bodies.ts";
import { anthropicReply, anthropicStreamReply } from "./translation/anthropic-answers.ts";

// An upstream that costs as little as possible: prebuilt answers on raw sockets. Streams are paced by one timer, so that chunks do not
// coalesce and each of them costs what it costs with a real provider.

const headEnd = Buffer.from("\r\n\r\n");
const streamMark = Buffer.from('"stream":true');
const maxRequestBytes = 64 * 1024 * 1024;

/** Prebuilt answers of one API. */
interface Answers {
  readonly unary: Buffer;
  readonly chunks: readonly Buffer[];
  readonly streamEnd: Buffer;
}

const openai = prebuild(unaryReply(), streamReply(), Buffer.from("data: [DONE]\n\n"));
const anthropic = prebuild(anthropicReply(), anthropicStreamReply(), Buffer.alloc(0));
const anthropicMark = Buffer.from("POST /v1/messages");

function prebuild(reply: Buffer, events: readonly Buffer[], last: Buffer): Answers {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${reply.length}\r\n\r\n`;
  return {
    unary: Buffer.concat([Buffer.from(head), reply]),
    chunks: events.map(frame),
    streamEnd: Buffer.concat([...(last.length === 0 ? [] : [frame(last)]), Buffer.from("0\r\n\r\n")]),
  };
}
const streamHead = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n",
);

/** Running streams: what they are of, and the place of the next chunk of each. */
const streams = new Map<Socket, { readonly answers: Answers; place: number }>();
setInterval(() => {
  for (const [socket, running] of streams) {
    const chunk = running.answers.chunks[running.place];
    if (chunk === undefined) {
      streams.delete(socket);
      socket.write(running.answers.streamEnd);
    } else {
      running.place += 1;
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
  const answers = request.subarray(0, anthropicMark.length).equals(anthropicMark) ? anthropic : openai;
  if (request.includes(streamMark)) {
    socket.write(streamHead);
    streams.set(socket, { answers, place: 0 });
  } else socket.write(answers.unary);
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
