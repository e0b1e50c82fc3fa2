import { brotliDecompressSync, constants, gunzipSync, inflateSync } from "node:zlib";
import { type Dispatcher, Pool } from "undici";
import type { Timeouts } from "../timeouts.ts";
import { createBodyQueue } from "./body-queue.ts";

/** A call to a provider. */
export type UpstreamCall = {
  readonly origin: string;
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** Name, value, name, value. */
  readonly headers: readonly string[];
  /** Empty: none is sent. */
  readonly body: Uint8Array;
  readonly timeouts: Timeouts;
  /** From the request's last byte to the first byte of the answer's body. Undefined: only `timeouts.totalMs` holds. */
  readonly firstByteMs: number | undefined;
  readonly signal: AbortSignal;
};

/** Why there is no answer, or no more of it. */
export type UpstreamBreak = {
  readonly why: "connection" | "timeout" | "aborted" | "too_large" | "malformed";
  /** What happened, for a person. Never a secret. */
  readonly message: string;
};

export type UpstreamHeaders = Readonly<Record<string, string | string[] | undefined>>;

export type UpstreamWhole =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: UpstreamHeaders;
      readonly body: Buffer;
    }
  | ({ readonly kind: "broken" } & UpstreamBreak);

export type UpstreamStream =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: UpstreamHeaders;
      /** Chunks as they come; throws UpstreamBroken where the body breaks. Leaving it early aborts the call. */
      readonly body: AsyncIterable<Buffer>;
    }
  | ({ readonly kind: "broken" } & UpstreamBreak);

/** A body that broke. */
export class UpstreamBroken extends Error {
  override name = "UpstreamBroken";
  readonly breakage: UpstreamBreak;

  constructor(breakage: UpstreamBreak, options?: ErrorOptions) {
    super(breakage.message, options);
    this.breakage = breakage;
  }
}

export interface UpstreamHttp {
  /** Calls and collects the whole answer. */
  whole(call: UpstreamCall): Promise<UpstreamWhole>;
  /** Calls and gives the answer's body as it comes. */
  stream(call: UpstreamCall): Promise<UpstreamStream>;
  close(): Promise<void>;
}

const connectionsPerOrigin = 512;
/** The largest whole answer taken, and the most of an error's body in a stream. */
const maxWholeBytes = 64 * 1024 * 1024;
/** How long a body that nobody reads any more may take to end by itself. */
const leaveGraceMs = 500;
/** Where a reader is slower than the provider, this much waits and then the provider is made to wait. */
const highWaterBytes = 256 * 1024;

/** Calls providers over keep-alive connections, one pool for each origin, with a time limit on each phase. */
export function createUpstreamHttp(): UpstreamHttp {
  const pools = new Map<string, Pool>();

  function poolOf(call: UpstreamCall): Pool {
    const name = `${call.origin} ${call.timeouts.connectMs}`;
    let pool = pools.get(name);
    if (pool === undefined) {
      pool = new Pool(call.origin, {
        connections: connectionsPerOrigin,
        pipelining: 1,
        connect: { timeout: call.timeouts.connectMs },
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      pools.set(name, pool);
    }
    return pool;
  }

  return {
    whole: (call) =>
      new Promise((resolve) => {
        const chunks: Buffer[] = [];
        let length = 0;
        dispatch(poolOf(call), call, {
          onStart: () => undefined,
          onChunk(chunk) {
            length += chunk.length;
            chunks.push(chunk);
            return length <= maxWholeBytes
              ? undefined
              : { why: "too_large", message: `the answer is larger than ${maxWholeBytes} bytes` };
          },
          onEnd(status, headers) {
            const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
            resolve(decompressWhole(status, headers, body));
          },
          onBreak: (breakage) => resolve({ kind: "broken", ...breakage }),
        });
      }),

    stream: (call) =>
      new Promise((resolve) => {
        let queue: ReturnType<typeof createBodyQueue> | undefined;
        const controls = dispatch(poolOf(call), call, {
          onStart(status, headers, controller) {
            const made = createBodyQueue({
              highWaterBytes,
              pause: () => controls.pause(controller),
              resume: () => controls.resume(controller),
              leave: () => controls.leave(controller),
            });
            queue = made;
            const encoding = String(headers["content-encoding"] ?? "identity");
            if (encoding !== "identity" && encoding !== "") {
              controls.abort({
                why: "malformed",
                message: `the stream is compressed with ${encoding.slice(0, 32)}, though none was asked for`,
              });
            }
            resolve({ kind: "answered", status, headers, body: made });
          },
          onChunk(chunk) {
            queue?.push(chunk);
            return undefined;
          },
          onEnd: () => queue?.end(),
          onBreak(breakage) {
            if (queue === undefined) resolve({ kind: "broken", ...breakage });
            else queue.fail(new UpstreamBroken(breakage));
          },
        });
      }),

    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

type CallControls = {
  abort(breakage: UpstreamBreak): void;
  /** Makes the provider wait for a slow reader. */
  pause(controller: Dispatcher.DispatchController): void;
  resume(controller: Dispatcher.DispatchController): void;
  /** The reader has what it wants: a body that ends by itself soon leaves the connection to be used again, any other is broken off. */
  leave(controller: Dispatcher.DispatchController): void;
};

type Receiver = {
  onStart(status: number, headers: UpstreamHeaders, controller: Dispatcher.DispatchController): void;
  /** Returns why the call must be broken off, where it must. */
  onChunk(chunk: Buffer): UpstreamBreak | undefined;
  onEnd(status: number, headers: UpstreamHeaders): void;
  onBreak(breakage: UpstreamBreak): void;
};

/**
 * One call. Phases: waiting → (first byte) → flowing → ended or broken. Exactly one of `onEnd` and `onBreak` is told, once; `onStart` comes
 * before any chunk.
 */
function dispatch(pool: Pool, call: UpstreamCall, receiver: Receiver): CallControls {
  const { timeouts, signal } = call;
  let controller: Dispatcher.DispatchController | undefined;
  let done = false;
  let status = 0;
  let headers: UpstreamHeaders = {};
  let flowing = false;
  let phaseTimer: NodeJS.Timeout | undefined;

  const finish = (): boolean => {
    if (done) return false;
    done = true;
    clearTimeout(phaseTimer);
    clearTimeout(totalTimer);
    signal.removeEventListener("abort", onAbort);
    return true;
  };
  const abort = (breakage: UpstreamBreak): void => {
    if (!finish()) return;
    controller?.abort(abortReason);
    receiver.onBreak(breakage);
  };
  const onAbort = (): void => abort({ why: "aborted", message: "the caller left" });
  const timedOut = (what: string, ms: number): void => abort({ why: "timeout", message: `${what} within ${ms} ms` });

  const totalTimer = setTimeout(() => timedOut("the answer did not end", timeouts.totalMs), timeouts.totalMs);
  if (call.firstByteMs !== undefined) {
    const firstByteMs = call.firstByteMs;
    phaseTimer = setTimeout(() => timedOut("no first token came", firstByteMs), firstByteMs);
  }
  const onIdle = (): void => timedOut("nothing more came", timeouts.idleMs);
  const controls: CallControls = {
    abort,
    pause(given) {
      // A provider that is made to wait is not idle.
      clearTimeout(phaseTimer);
      given.pause();
    },
    resume(given) {
      if (done) return;
      phaseTimer = setTimeout(onIdle, timeouts.idleMs);
      given.resume();
    },
    leave(given) {
      if (done) return;
      clearTimeout(phaseTimer);
      phaseTimer = setTimeout(() => abort({ why: "aborted", message: "the reader left" }), leaveGraceMs);
      given.resume();
    },
  };

  if (signal.aborted) {
    queueMicrotask(onAbort);
    return controls;
  }
  signal.addEventListener("abort", onAbort, { once: true });

  pool.dispatch(
    {
      origin: call.origin,
      path: call.path,
      method: call.method,
      headers: call.headers as string[],
      body: call.body.length === 0 ? null : call.body,
    },
    {
      onRequestStart(given) {
        controller = given;
        if (done) given.abort(abortReason);
      },
      onResponseStart(given, statusCode, responseHeaders) {
        if (done || statusCode < 200) return;
        status = statusCode;
        headers = responseHeaders as UpstreamHeaders;
        receiver.onStart(status, headers, given);
      },
      onResponseData(_given, chunk) {
        if (done) return;
        if (flowing) phaseTimer?.refresh();
        else {
          flowing = true;
          clearTimeout(phaseTimer);
          phaseTimer = setTimeout(onIdle, timeouts.idleMs);
        }
        const refused = receiver.onChunk(chunk);
        if (refused !== undefined) abort(refused);
      },
      onResponseEnd() {
        if (finish()) receiver.onEnd(status, headers);
      },
      onResponseError(_given, error) {
        if (finish()) receiver.onBreak(breakOf(error));
      },
    },
  );
  return controls;
}

/** One for all: making an error with its stack for each call costs more than the call. */
const abortReason = new Error("the call was broken off");

function breakOf(error: unknown): UpstreamBreak {
  const { code, message } = error as { code?: string; message?: string };
  if (code === "UND_ERR_CONNECT_TIMEOUT") return { why: "timeout", message: "no connection was made in time" };
  if (typeof code === "string" && code.startsWith("HPE_")) {
    return { why: "malformed", message: `the answer is not HTTP (${code})` };
  }
  if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") {
    return { why: "malformed", message: "the answer's length is not what it said" };
  }
  return { why: "connection", message: `the connection failed (${code ?? message ?? "unknown"})` };
}

function decompressWhole(status: number, headers: UpstreamHeaders, body: Buffer): UpstreamWhole {
  const encoding = String(headers["content-encoding"] ?? "identity").toLowerCase();
  const options = { maxOutputLength: maxWholeBytes, finishFlush: constants.Z_FINISH };
  try {
    switch (encoding) {
      case "":
      case "identity":
        return { kind: "answered", status, headers, body };
      case "gzip":
      case "x-gzip":
        return { kind: "answered", status, headers, body: gunzipSync(body, options) };
      case "deflate":
        return { kind: "answered", status, headers, body: inflateSync(body, options) };
      case "br":
        return {
          kind: "answered",
          status,
          headers,
          body: brotliDecompressSync(body, { maxOutputLength: maxWholeBytes }),
        };
      default:
        return { kind: "broken", why: "malformed", message: `the answer is compressed with ${encoding.slice(0, 32)}` };
    }
  } catch {
    return { kind: "broken", why: "malformed", message: `the answer is not the ${encoding} that it says it is` };
  }
}
