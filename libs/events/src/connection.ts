/** `since` is the clock's time (ms since 1970) at which this state began. */
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
  /** Sends what is buffered, then closes. Publishers and consumers must be closed before. */
  close(): Promise<void>;
}

/** Returns at once and connects in the background, for ever and with back-off, so that a service can start while NATS is down. */
export function connectEvents(_options: ConnectOptions): EventsConnection {
  throw new Error("unavailable");
}
