import type { ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import type { Answer } from "./answer.ts";
import { cutWrites } from "./cuts.ts";
import type { RequestEntry } from "./record-requests.ts";
import { type BreakOff, PLAIN_WIRE, type Wire } from "./wire.ts";

/** Before a reset or close, what was written needs to reach the client's socket. */
const SETTLE_MS = 20;

/** One answer on its way out. */
export interface Delivery {
  readonly response: ServerResponse;
  readonly entry: RequestEntry;
  /** The fake breaks the answer off: what follows is not the client's doing. */
  readonly markCut: () => void;
  /** Status and headers are out. */
  readonly markHeaders: () => void;
}

/**
 * Writes the answer as the wire says, waiting whenever the socket is full. Resolves when nothing more will be written;
 * never rejects: a client that leaves ends it early.
 */
export function writeAnswer(delivery: Delivery, answer: Answer, wire: Wire): Promise<void> | undefined {
  if (wire === PLAIN_WIRE && answer.body.kind === "whole") {
    writeAtOnce(delivery, answer, answer.body.bytes);
    return undefined;
  }
  return writeSlowly(delivery, answer, wire);
}

function writeAtOnce(delivery: Delivery, answer: Answer, bytes: string | Buffer): void {
  const { response, entry } = delivery;
  const length = Buffer.byteLength(bytes);
  sendHeaders(delivery, answer, length);
  entry.bytesWritten = length;
  entry.eventsWritten = 1;
  response.end(bytes);
}

async function writeSlowly(delivery: Delivery, answer: Answer, wire: Wire): Promise<void> {
  const { response, entry } = delivery;
  await pause(response, wire.headersDelayMs);
  if (wire.beforeHeaders.kind === "reset") {
    delivery.markCut();
    response.socket?.resetAndDestroy();
    return;
  }
  if (wire.beforeHeaders.kind === "stall") {
    await stall(delivery, wire.beforeHeaders.forMs);
    return;
  }
  if (response.destroyed) {
    return;
  }
  const { body } = answer;
  const events = body.kind === "events" ? body.events : halves(body.bytes);
  const length = body.kind === "events" ? undefined : Buffer.byteLength(body.bytes) + wire.contentLengthOffset;
  sendHeaders(delivery, answer, length);
  if (wire !== PLAIN_WIRE) {
    response.flushHeaders();
  }
  await pause(response, wire.firstEventDelayMs);

  const breakOff = wire.breakOff;
  const counted = countEvents(events, entry, breakOff?.afterEvents ?? Number.POSITIVE_INFINITY);
  await writePieces(delivery, cutWrites(counted, wire.cuts), wire);
  if (response.destroyed) {
    return;
  }
  if (breakOff !== undefined && breakOff.how !== "end") {
    await breakNow(delivery, breakOff);
    return;
  }
  if (breakOff !== undefined) {
    delivery.markCut();
  }
  if (wire.contentLengthOffset !== 0) {
    await pause(response, SETTLE_MS);
    delivery.markCut();
    response.socket?.destroySoon();
    return;
  }
  response.end();
}

async function writePieces(delivery: Delivery, pieces: Iterable<string | Buffer>, wire: Wire): Promise<void> {
  const { response, entry } = delivery;
  const startedAt = performance.now();
  let written = 0;
  for (const piece of pieces) {
    if (wire.eventDelayMs > 0 && written > 0) {
      await pause(response, startedAt + written * wire.eventDelayMs - performance.now());
    } else if (wire.cuts.kind !== "whole" && written % 64 === 63) {
      await pause(response, 0.001);
    }
    if (response.destroyed) {
      return;
    }
    written += 1;
    entry.bytesWritten += Buffer.byteLength(piece);
    if (!response.write(piece)) {
      await drain(response, entry);
    }
  }
}

async function breakNow(delivery: Delivery, breakOff: BreakOff): Promise<void> {
  const { response } = delivery;
  if (breakOff.how === "stall") {
    await stall(delivery, breakOff.stallMs);
    return;
  }
  await pause(response, SETTLE_MS);
  delivery.markCut();
  if (breakOff.how === "reset") {
    response.socket?.resetAndDestroy();
  } else {
    response.socket?.destroySoon();
  }
}

/** Waits; if the client is still there after `forMs`, closes the connection. */
async function stall(delivery: Delivery, forMs: number | undefined): Promise<void> {
  await pause(delivery.response, forMs ?? Number.POSITIVE_INFINITY);
  if (!delivery.response.destroyed) {
    delivery.markCut();
    delivery.response.socket?.destroySoon();
  }
}

function sendHeaders(delivery: Delivery, answer: Answer, contentLength: number | undefined): void {
  const headers =
    contentLength === undefined ? answer.headers : { ...answer.headers, "content-length": String(contentLength) };
  delivery.response.writeHead(answer.status, headers);
  delivery.entry.status = answer.status;
  delivery.markHeaders();
}

function* countEvents(
  events: Iterable<string | Buffer>,
  entry: RequestEntry,
  limit: number,
): Generator<string | Buffer> {
  if (limit <= 0) {
    return;
  }
  for (const event of events) {
    entry.eventsWritten += 1;
    yield event;
    if (entry.eventsWritten >= limit) {
      return;
    }
  }
}

function halves(bytes: string | Buffer): readonly Buffer[] {
  const all = Buffer.from(bytes);
  const middle = Math.ceil(all.length / 2);
  return [all.subarray(0, middle), all.subarray(middle)].filter((half) => half.length > 0);
}

/** Resolves after so long, or at once when the connection closes. */
function pause(response: ServerResponse, milliseconds: number): Promise<void> {
  if (milliseconds <= 0 || response.destroyed) {
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      response.removeListener("close", done);
      resolve();
    };
    const timer = Number.isFinite(milliseconds) ? setTimeout(done, milliseconds) : undefined;
    response.once("close", done);
  });
}

/** Resolves when the socket takes more, or when it closes. */
function drain(response: ServerResponse, entry: RequestEntry): Promise<void> {
  if (response.destroyed) {
    return Promise.resolve();
  }
  const fullAt = performance.now();
  entry.backPressurePauses += 1;
  return new Promise((resolve) => {
    const done = (): void => {
      response.removeListener("close", done);
      response.removeListener("drain", done);
      entry.backPressureMs += performance.now() - fullAt;
      resolve();
    };
    response.once("close", done);
    response.once("drain", done);
  });
}
