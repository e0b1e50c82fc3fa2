import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "@sluice/runtime";

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
   * (default 10 s) destroys what is left. Resolves when all connections are closed. Later calls join the first; a shorter deadline counts.
   */
  close(options?: { readonly deadlineMs?: number }): Promise<void>;
}

/** One port for HTTP/1.1 and h2c: the first bytes of a connection decide. Rejects with the system's error where it cannot listen. */
export function listen(_options: ListenOptions): Promise<Listener> {
  throw new Error("not built yet");
}
