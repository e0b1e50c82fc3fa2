import { createServer, type IncomingMessage, type ServerOptions, ServerResponse } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Logger } from "@sluice/runtime";
import { acceptHttp2 } from "./http2.ts";
import { sniffHttp2 } from "./sniff.ts";

/** Over h2c both arguments are Node's HTTP/2 compatibility objects. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface ListenOptions {
  /** Default "127.0.0.1". */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  readonly handler: RequestHandler;
  /** All headers of a request together. Default 32 KiB. Beyond: 431. */
  readonly maxHeaderBytes?: number;
  /** From a connection's first byte to the end of a request's headers. Default 10 s. Beyond: 408. */
  readonly headersTimeoutMs?: number;
  /** From a request's first byte to the end of its body. Default 60 s. Beyond: 408. */
  readonly requestTimeoutMs?: number;
  /** How long an idle connection is kept. Default 65 s, told to clients. */
  readonly keepAliveTimeoutMs?: number;
  /** How long an HTTP/1.1 client may take nothing of an answer that waits for it. Default 60 s. Beyond: its connection is destroyed. */
  readonly stallTimeoutMs?: number;
  /** Connections beyond are closed at once. Default: as many as the system gives. */
  readonly maxConnections?: number;
  readonly logger: Logger;
}

export interface Listener extends AsyncDisposable {
  /** "http://127.0.0.1:8080" */
  readonly url: string;
  readonly port: number;
  /**
   * Stops accepting, lets what runs finish, tells clients to go elsewhere (`connection: close`, GOAWAY), and at the deadline
   * (default 10 s) destroys what is left. Resolves when all connections are closed. Later calls join the first; an earlier deadline counts.
   */
  close(options?: { readonly deadlineMs?: number }): Promise<void>;
}

const idleSweepMs = 50;

/** One port for HTTP/1.1 and h2c: the first bytes of a connection decide. Rejects with the system's error where it cannot listen. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host = "127.0.0.1", logger } = options;
  const {
    maxHeaderBytes = 32 * 1024,
    headersTimeoutMs = 10_000,
    requestTimeoutMs = 60_000,
    keepAliveTimeoutMs = 65_000,
    stallTimeoutMs = 60_000,
  } = options;
  const state = { draining: false };
  const handler = guard(options.handler, logger);

  const http1Options: ServerOptions<typeof IncomingMessage, typeof ServerResponse> = {
    ServerResponse: createResponseClass(state, stallTimeoutMs),
    noDelay: true,
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, headersTimeoutMs),
  };
  const server = createServer(http1Options, handler);
  server.timeout = stallTimeoutMs;
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections;
  server.on("drop", () => logger.warn("connection refused: too many are open", { limit: options.maxConnections }));

  const http2 = createHttp2Server({
    maxHeaderListPairs: 128,
    settings: { maxConcurrentStreams: 256, maxHeaderListSize: maxHeaderBytes },
  });
  const sessions = acceptHttp2(http2, { handler, idleTimeoutMs: keepAliveTimeoutMs, logger });

  const [acceptHttp1] = server.listeners("connection");
  if (acceptHttp1 === undefined) throw new Error("node:http has no connection listener to hand connections to");
  server.removeAllListeners("connection");
  const sniffing = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sniffing.add(socket);
    sniffHttp2(socket, headersTimeoutMs, (verdict) => {
      sniffing.delete(socket);
      if (verdict === "http2") http2.emit("connection", socket);
      if (verdict !== "http1") return;
      acceptHttp1.call(server, socket);
      socket.resume();
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port: options.port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  server.on("error", (error) => logger.error("listener failed", { error }));
  const { port } = server.address() as AddressInfo;

  const closed = Promise.withResolvers<void>();
  function destroyAll(): void {
    server.closeAllConnections();
    sessions.destroyAll();
  }
  function close({ deadlineMs = 10_000 }: { readonly deadlineMs?: number } = {}): Promise<void> {
    if (!state.draining) {
      state.draining = true;
      server.close(() => closed.resolve());
      sessions.closeAll();
      for (const socket of sniffing) socket.destroy();
      const sweep = setInterval(() => server.closeIdleConnections(), idleSweepMs);
      void closed.promise.then(() => clearInterval(sweep));
    }
    const timer = setTimeout(destroyAll, deadlineMs);
    void closed.promise.then(() => clearTimeout(timer));
    return closed.promise;
  }
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

/** A handler that throws answers 500 and takes nobody else with it. */
function guard(handler: RequestHandler, logger: Logger): RequestHandler {
  return (request, response) => {
    try {
      handler(request, response);
    } catch (error) {
      logger.error("request handler threw", { method: request.method, error });
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    }
  };
}

/** Responses that tell their connection to close while draining, and that give up on a client who takes nothing of them. */
function createResponseClass(state: { readonly draining: boolean }, stallTimeoutMs: number): typeof ServerResponse {
  function onTimeout(socket: Socket): void {
    if (socket.writableLength > 0) socket.destroy();
    else socket.setTimeout(stallTimeoutMs);
  }
  /** What is written to a client that has just gone is lost, and nobody's fault. */
  function onError(): void {}
  return class extends ServerResponse {
    constructor(...args: ConstructorParameters<typeof ServerResponse>) {
      super(...args);
      this.on("timeout", onTimeout);
      this.on("error", onError);
    }

    override writeHead(status: number, ...rest: unknown[]): this {
      if (state.draining) this.shouldKeepAlive = false;
      return super.writeHead(status, ...(rest as []));
    }
  } as unknown as typeof ServerResponse;
}
