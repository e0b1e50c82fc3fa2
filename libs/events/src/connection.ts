import { dialNats, type NatsLink } from "./nats-link.ts";
import { outageDelayMs, pause } from "./outage.ts";
import { parseServerList } from "./server-list.ts";

/** `since` is when this state began, ms since 1970. */
export type ConnectionStatus =
  | { readonly kind: "connected"; readonly since: number; readonly server: string }
  | { readonly kind: "disconnected"; readonly since: number; readonly reason: string }
  | { readonly kind: "closed"; readonly since: number };

export interface ConnectOptions {
  /** `nats://host:port`, several separated by commas; `tls://` for TLS; user and password, or a token, may stand before `@`. */
  readonly url: string;
  /** Shown in the server's connection list; the service's name. */
  readonly name: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** Closes the connection when aborted. */
  readonly signal?: AbortSignal;
  /** Called at each change. Must not throw. */
  readonly onStatus?: (status: ConnectionStatus) => void;
}

export interface EventsConnection extends AsyncDisposable {
  status(): ConnectionStatus;
  /** Calls `listener` at each change until the returned function is called. */
  onStatus(listener: (status: ConnectionStatus) => void): () => void;
  /** Resolves when connected; rejects with the signal's reason, or when closed. */
  whenConnected(signal?: AbortSignal): Promise<void>;
  /** Sends what is buffered, then closes. Publishers and consumers should be closed before. */
  close(): Promise<void>;
  /** For the other modules of this library; absent until the first connect. To be used while connected only. */
  readonly link: NatsLink | undefined;
}

const CONNECT_TIMEOUT_MS = 3_000;
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * Returns at once and connects in the background, for ever and with growing pauses, so that a service can start while NATS
 * is down. Throws TypeError if `url` is malformed.
 */
export function connectEvents(options: ConnectOptions): EventsConnection {
  return new Connection(options);
}

class Connection implements EventsConnection {
  readonly #options: ConnectOptions;
  readonly #listeners = new Set<(status: ConnectionStatus) => void>();
  readonly #closing = new AbortController();
  #connecting: Promise<void>;
  #status: ConnectionStatus = { kind: "disconnected", since: Date.now(), reason: "not connected yet" };
  #closed: Promise<void> | undefined;
  link: NatsLink | undefined;

  constructor(options: ConnectOptions) {
    this.#options = options;
    if (options.onStatus !== undefined) this.#listeners.add(options.onStatus);
    const servers = parseServerList(options.url);
    const { signal } = options;
    if (signal?.aborted) void this.close();
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#connecting = this.#connect(servers);
  }

  readonly #onAbort = (): void => void this.close();

  status(): ConnectionStatus {
    return this.#status;
  }

  onStatus(listener: (status: ConnectionStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  whenConnected(signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = (status: ConnectionStatus): void => {
      if (status.kind === "connected") resolve();
      if (status.kind === "closed") reject(new Error("the connection to NATS is closed"));
    };
    const onAbort = (): void => reject(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    const stop = this.onStatus(check);
    check(this.#status);
    return promise.finally(() => {
      stop();
      signal?.removeEventListener("abort", onAbort);
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const wasConnected = this.#status.kind === "connected";
    this.#closing.abort();
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#change({ kind: "closed", since: Date.now() });
    await this.#connecting;
    const { link } = this;
    if (link === undefined) return;
    if (wasConnected) {
      const timeout = new AbortController();
      await Promise.race([link.flush().catch(() => {}), pause(CLOSE_TIMEOUT_MS, timeout.signal)]);
      timeout.abort();
    }
    await link.close();
  }

  /** Ends when the first link is there; it then mends itself. */
  async #connect(servers: ReturnType<typeof parseServerList>): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const link = await dialNats({
          ...servers,
          name: this.#options.name,
          user: this.#options.user ?? servers.user,
          password: this.#options.password ?? servers.password,
          token: this.#options.token ?? servers.token,
          connectTimeoutMs: CONNECT_TIMEOUT_MS,
          reconnectDelayMs: () => outageDelayMs(this.#status.since, Date.now()),
          onDisconnect: (reason) => this.#disconnected(reason),
          onReconnect: () => this.#connected(link),
          onEnd: (reason) => {
            this.#disconnected(reason);
            this.#connecting = this.#connect(servers);
          },
        });
        this.link = link;
        this.#connected(link);
        return;
      } catch (error) {
        this.#disconnected(error instanceof Error ? error.message : String(error));
        await pause(outageDelayMs(this.#status.since, Date.now()), signal);
      }
    }
  }

  #connected(link: NatsLink): void {
    this.#change({ kind: "connected", since: Date.now(), server: link.server });
  }

  /** Keeps the time at which the outage began. */
  #disconnected(reason: string): void {
    const since = this.#status.kind === "disconnected" ? this.#status.since : Date.now();
    this.#change({ kind: "disconnected", since, reason });
  }

  #change(status: ConnectionStatus): void {
    const before = this.#status;
    if (before.kind === "closed") return;
    this.#status = status;
    if (before.kind === status.kind && before.kind === "disconnected") return;
    for (const listener of [...this.#listeners]) listener(status);
  }
}
