export interface ObtainNatsServerOptions {
  /** Where a downloaded server is kept: `<toolsDir>/nats-server/<version>/nats-server`. */
  readonly toolsDir: string;
  /** Reads `SLUICE_NATS_SERVER` (path of the binary) and `PATH`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told what is being done if it takes a while (downloading). */
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** For the download. Default 120000. */
  readonly timeoutMs?: number;
}

export interface NatsServerBinary {
  readonly path: string;
  /** Such as `2.9.10`. */
  readonly version: string;
}

/** Finds a nats-server on this machine, or downloads the distribution's package without root. Rejects with NatsServerError. */
export async function obtainNatsServer(_options: ObtainNatsServerOptions): Promise<NatsServerBinary> {
  throw new Error("unavailable");
}

export interface StartNatsServerOptions {
  /** Path of nats-server. */
  readonly binary: string;
  /** JetStream's files; kept between starts. */
  readonly storeDir: string;
  /** Default: a free one, kept by `restart`. */
  readonly port?: number;
  /** Clients must give it; part of the returned URL. Default: none asked. */
  readonly token?: string;
  readonly log?: (line: string) => void;
  readonly startTimeoutMs?: number;
}

export interface NatsServer extends AsyncDisposable {
  /** On 127.0.0.1, token included. The same after `restart`. */
  readonly url: string;
  readonly port: number;
  /** Absent while stopped. */
  readonly pid: number | undefined;
  /** Orderly end. */
  stop(): Promise<void>;
  /** `kill -9`. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts again with the same port, store and token; stops first if running. */
  restart(): Promise<void>;
}

/** Starts a JetStream server with file storage, listening on 127.0.0.1 only. */
export async function startNatsServer(_options: StartNatsServerOptions): Promise<NatsServer> {
  throw new Error("unavailable");
}
