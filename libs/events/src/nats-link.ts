import { connect, createInbox, type Msg, type MsgHdrs, type NatsConnection } from "nats";

/**
 * The only file that knows the package `nats` (2.29.3). What the rest of this library needs of it is this interface: core
 * publish, subscribe and request; JetStream is spoken on top of them (`jetstream-api.ts`).
 */
export interface NatsLink {
  /** Host and port of the server in use. */
  readonly server: string;
  /** A subject that is ours alone. */
  createInbox(): string;
  /** Throws if the message is too big. What is published while disconnected is lost. */
  publish(subject: string, body: Uint8Array, options?: LinkPublishOptions): void;
  /** Holds over reconnects. Returns the function that ends it. */
  subscribe(subject: string, onMessage: (message: LinkMessage) => void): () => void;
  /** Rejects after `timeoutMs`, when nobody listens on the subject, or when the connection breaks. */
  request(subject: string, body: Uint8Array, timeoutMs: number): Promise<LinkMessage>;
  /** Resolves when the server has taken everything published before. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface LinkPublishOptions {
  readonly reply?: string;
  /** Sent as it is: see `encodeHeaders`. */
  readonly headers?: Uint8Array;
}

export interface LinkMessage {
  readonly subject: string;
  /** Empty if no answer is expected. */
  readonly reply: string;
  readonly body: Uint8Array;
  /** 0 for an ordinary message; else the server's word about something, such as 503 or 408. */
  readonly status: number;
  readonly statusText: string;
  /** Lower-case names; the last value if there are several. */
  headers(): Readonly<Record<string, string>>;
}

export interface DialOptions {
  readonly servers: readonly string[];
  readonly tls: boolean;
  readonly name: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  readonly connectTimeoutMs: number;
  /** The pause before the next attempt while an established link is down. */
  readonly reconnectDelayMs: () => number;
  readonly onDisconnect: (reason: string) => void;
  readonly onReconnect: () => void;
  /** The link has ended for good, and not by `close`. */
  readonly onEnd: (reason: string) => void;
}

const PING_INTERVAL_MS = 10_000;
const MAX_PINGS_OUT = 2;
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** Connects once; rejects if that fails. The link then reconnects by itself for ever. */
export async function dialNats(options: DialOptions): Promise<NatsLink> {
  const connection = await connect({
    servers: [...options.servers],
    name: options.name,
    timeout: options.connectTimeoutMs,
    reconnect: true,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: options.reconnectDelayMs,
    ignoreAuthErrorAbort: true,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: MAX_PINGS_OUT,
    noAsyncTraces: true,
    // The client's own look-up asks DNS only and passes over the machine's hosts file; for TLS it needs it for the name.
    resolve: options.tls,
    ...(options.tls ? { tls: {} } : {}),
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(options.password === undefined ? {} : { pass: options.password }),
    ...(options.token === undefined ? {} : { token: options.token }),
  });
  let closing = false;
  void followStatus(connection, options);
  void connection.closed().then((error) => {
    if (!closing) options.onEnd(error instanceof Error ? error.message : "the connection ended");
  });
  return {
    get server() {
      return connection.getServer();
    },
    createInbox: () => createInbox(),
    publish(subject, body, { reply, headers } = {}) {
      if (headers === undefined) {
        connection.publish(subject, body, reply === undefined ? undefined : { reply });
        return;
      }
      const sent = new EncodedHeaders(headers) as Partial<MsgHdrs> as MsgHdrs;
      connection.publish(subject, body, reply === undefined ? { headers: sent } : { headers: sent, reply });
    },
    subscribe(subject, onMessage) {
      const subscription = connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) onMessage(new ReceivedMessage(message));
        },
      });
      return () => subscription.unsubscribe();
    },
    request: async (subject, body, timeoutMs) =>
      new ReceivedMessage(await connection.request(subject, body, { timeout: timeoutMs })),
    flush: () => connection.flush(),
    close() {
      closing = true;
      return connection.close();
    },
  };
}

async function followStatus(connection: NatsConnection, options: DialOptions): Promise<void> {
  let reason = "the connection broke";
  for await (const { type, data } of connection.status()) {
    if (type === "error") reason = String(data);
    if (type === "disconnect") options.onDisconnect(reason);
    if (type === "reconnect") {
      reason = "the connection broke";
      options.onReconnect();
    }
  }
}

/** All that the client asks of headers that it sends; its own take several times as long. */
class EncodedHeaders {
  readonly #block: Uint8Array;

  constructor(block: Uint8Array) {
    this.#block = block;
  }

  encode(): Uint8Array {
    return this.#block;
  }
}

class ReceivedMessage implements LinkMessage {
  readonly #message: Msg;
  #headers: Readonly<Record<string, string>> | undefined;

  constructor(message: Msg) {
    this.#message = message;
  }

  get subject(): string {
    return this.#message.subject;
  }

  get reply(): string {
    return this.#message.reply ?? "";
  }

  get body(): Uint8Array {
    return this.#message.data;
  }

  get status(): number {
    return this.#message.headers?.code ?? 0;
  }

  get statusText(): string {
    return this.#message.headers?.description ?? "";
  }

  headers(): Readonly<Record<string, string>> {
    if (this.#headers !== undefined) return this.#headers;
    const received = this.#message.headers;
    if (received === undefined) return NO_HEADERS;
    const record: Record<string, string> = {};
    for (const [name, values] of received) record[name.toLowerCase()] = values.at(-1) ?? "";
    this.#headers = record;
    return record;
  }
}
