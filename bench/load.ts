import { readFileSync } from "node:fs";
import { connect } from "node:net";

// A closed loop of POSTs on raw keep-alive sockets: as cheap as the mock upstream, so that neither limits what is measured. Started by
// hot-path.bench.ts with a LoadOrder as its argument; prints a LoadResult.

export interface LoadOrder {
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyFile: string;
  readonly connections: number;
  /** How long new requests are sent. What runs then is waited for. */
  readonly durationMs: number;
}

export interface LoadResult {
  /** Finished, whatever the status. */
  readonly requests: number;
  /** Not 200, or the connection broke. */
  readonly errors: number;
  /** The beginning of the first answer that was not 200, or the first broken connection. */
  readonly firstError: string;
  /** From the first request to the last answer. */
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const headEnd = Buffer.from("\r\n\r\n");
/** What a chunked answer ends with, trailers or not. No chunk does: the events of the mock upstream end with LF alone. */
const lastBytes = Buffer.from("\r\n\r\n");
const stuckTimeoutMs = 20_000;

/** What is still to come of an answer. `tail`: the last bytes seen of a body without a length. */
type Awaiting =
  | { readonly kind: "head"; readonly bytes: Buffer | undefined }
  | { readonly kind: "length"; readonly byteLength: number }
  | { readonly kind: "chunks"; readonly tail: Buffer };

export function runLoad(order: LoadOrder): Promise<LoadResult> {
  const { hostname, port } = new URL(order.url);
  const body = readFileSync(order.bodyFile);
  const lines = Object.entries(order.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${order.path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n${lines.join("")}content-length: ${body.length}\r\n\r\n`;
  const request = Buffer.concat([Buffer.from(head), body]);

  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
  const latencies: number[] = [];
  let errors = 0;
  let firstError = "";
  let open = order.connections;
  const start = performance.now();
  const until = start + order.durationMs;
  const stuck = setTimeout(
    () => reject(new Error(`${open} connections have had no whole answer for ${stuckTimeoutMs} ms`)),
    order.durationMs + stuckTimeoutMs,
  );

  function fail(text: string): void {
    errors += 1;
    firstError ||= text;
  }

  function finish(): void {
    open -= 1;
    if (open > 0) return;
    clearTimeout(stuck);
    latencies.sort((a, b) => a - b);
    const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
    const elapsedMs = performance.now() - start;
    resolve({ requests: latencies.length, errors, firstError, elapsedMs, p50Ms: at(0.5), p99Ms: at(0.99) });
  }

  function openConnection(): void {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let sentMs = 0;
    let awaiting: Awaiting = { kind: "head", bytes: undefined };

    function next(): void {
      sentMs = performance.now();
      awaiting = { kind: "head", bytes: undefined };
      socket.write(request);
    }

    function answered(): void {
      const now = performance.now();
      latencies.push(now - sentMs);
      if (now < until) next();
      else {
        socket.removeAllListeners("close");
        socket.end();
        finish();
      }
    }

    socket.on("connect", next);
    socket.on("data", (data: Buffer) => {
      awaiting = take(awaiting, data, fail);
      if (awaiting.kind === "length" && awaiting.byteLength === 0) answered();
      else if (awaiting.kind === "chunks" && awaiting.tail.equals(lastBytes)) answered();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      fail("the connection was closed");
      if (performance.now() < until) setTimeout(openConnection, 50);
      else finish();
    });
  }

  for (let count = 0; count < order.connections; count += 1) openConnection();
  return promise;
}

function take(awaiting: Awaiting, data: Buffer, fail: (text: string) => void): Awaiting {
  switch (awaiting.kind) {
    case "length":
      return { kind: "length", byteLength: Math.max(0, awaiting.byteLength - data.length) };
    case "chunks": {
      const tail = data.length >= lastBytes.length ? data : Buffer.concat([awaiting.tail, data]);
      return { kind: "chunks", tail: tail.subarray(-lastBytes.length) };
    }
    case "head": {
      const bytes = awaiting.bytes === undefined ? data : Buffer.concat([awaiting.bytes, data]);
      const end = bytes.indexOf(headEnd);
      if (end === -1) return { kind: "head", bytes };
      const head = bytes.toString("latin1", 0, end);
      if (!head.startsWith("HTTP/1.1 200")) fail(bytes.toString("utf8", 0, 2_000));
      const body = bytes.subarray(end + headEnd.length);
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      if (length === undefined) return take({ kind: "chunks", tail: Buffer.alloc(0) }, body, fail);
      return { kind: "length", byteLength: Number(length) - body.length };
    }
  }
}

if (import.meta.main) {
  const result = await runLoad(JSON.parse(process.argv[2] ?? "{}") as LoadOrder);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
