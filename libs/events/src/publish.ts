import type { EventsConnection } from "./connection.ts";
import { encodeHeaders } from "./header-block.ts";
import type { LinkMessage, NatsLink } from "./nats-link.ts";
import { PublishError, type PublishErrorKind } from "./publish-error.ts";
import { createStreamGate, type GateState, type StreamGate } from "./stream-gate.ts";
import { ensureStream, type StreamSpec } from "./streams.ts";

export interface EventToPublish {
  readonly subject: string;
  /** The stream keeps one message per id within its duplicate window. Visible ASCII. */
  readonly id: string;
  readonly body: Uint8Array;
  /** Such as `traceparent`. Names and values without line breaks. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PublisherOptions {
  readonly connection: EventsConnection;
  /** Made, or brought in line, after each connect and before the first publish. */
  readonly stream: StreamSpec;
  /** Messages sent and not yet acknowledged. Default 1024; callers beyond it wait. */
  readonly maxInFlight?: number;
  /** Callers that may wait; the next is refused as "overloaded". Default 16384. */
  readonly maxWaiting?: number;
  /** From the call to the acknowledgement. Default 5000. */
  readonly timeoutMs?: number;
  /** Why the stream cannot be used now; tried again in the background. For the log. */
  readonly onStreamError?: (error: Error) => void;
}

export interface FailedPublish<Event extends EventToPublish = EventToPublish> {
  readonly event: Event;
  readonly error: PublishError;
}

export interface Publisher extends AsyncDisposable {
  /** Resolves when the stream has stored the message (or had it already: `duplicate`). Rejects with PublishError only. */
  publish(event: EventToPublish): Promise<{ readonly duplicate: boolean }>;
  /** The same for many: resolves, when each is settled, with those that the stream has not stored. Cheaper by far than one by one. */
  publishAll<Event extends EventToPublish>(events: readonly Event[]): Promise<readonly FailedPublish<Event>[]>;
  /** Whether a publish would be sent now, rather than rejected as "disconnected". */
  isReady(): boolean;
  /** Resolves when ready; rejects with the signal's reason, or when closed. */
  whenReady(signal?: AbortSignal): Promise<void>;
  /** Waits for what is in flight (no longer than its deadline) and refuses new messages. The connection stays open. */
  close(): Promise<void>;
}

/**
 * Publishes with the event's id as message id. While the stream cannot be used every publish is rejected at once as
 * retryable: the caller keeps its events, and `whenReady` says when to go on.
 */
export function createPublisher(options: PublisherOptions): Publisher {
  return new StreamPublisher(options);
}

/** A call that has not been answered. */
interface Call {
  readonly event: EventToPublish;
  readonly deadline: number;
  readonly resolve: (result: { readonly duplicate: boolean }) => void;
  readonly reject: (error: PublishError) => void;
}

const MESSAGE_ID = "Nats-Msg-Id";
const SUBJECT = /^[^\s*>]+$/;
const VISIBLE = /^[\x21-\x7e]+$/;
const SWEEP_MS = 50;
const CLOSED: GateState = { kind: "closed" };
const STORED = { duplicate: false };
const STORED_BEFORE = { duplicate: true };

/**
 * Acknowledgements come back on an inbox of its own, one token per message: cheaper by far than a request of the client's.
 * Deadlines are swept, not timed one by one: all calls have the same timeout, so they fall due in the order of their calls.
 */
class StreamPublisher implements Publisher {
  readonly #gate: StreamGate;
  readonly #stream: StreamSpec;
  readonly #maxInFlight: number;
  readonly #maxWaiting: number;
  readonly #timeoutMs: number;
  readonly #inFlight = new Map<string, Call>();
  readonly #waiting: Call[] = [];
  #firstWaiting = 0;
  #nextToken = 0;
  #sweeper: NodeJS.Timeout | undefined;
  #inbox: { readonly link: NatsLink; readonly prefix: string; readonly unsubscribe: () => void } | undefined;
  #closing: Promise<void> | undefined;
  #idle: (() => void) | undefined;

  constructor(options: PublisherOptions) {
    this.#stream = options.stream;
    this.#maxInFlight = options.maxInFlight ?? 1024;
    this.#maxWaiting = options.maxWaiting ?? 16_384;
    this.#timeoutMs = options.timeoutMs ?? 5_000;
    const { connection, stream } = options;
    this.#gate = createStreamGate({
      connection,
      prepare: () => ensureStream(connection, stream),
      onChange: (state) => this.#follow(state),
      onError: options.onStreamError,
    });
  }

  publish(event: EventToPublish): Promise<{ readonly duplicate: boolean }> {
    return new Promise((resolve, reject) => this.#publish(event, resolve, reject));
  }

  publishAll<Event extends EventToPublish>(events: readonly Event[]): Promise<readonly FailedPublish<Event>[]> {
    return new Promise((resolve) => {
      const failed: FailedPublish<Event>[] = [];
      let unsettled = events.length;
      if (unsettled === 0) resolve(failed);
      const settled = (): void => {
        unsettled--;
        if (unsettled === 0) resolve(failed);
      };
      for (const event of events) {
        this.#publish(event, settled, (error) => {
          failed.push({ event, error });
          settled();
        });
      }
    });
  }

  #publish(event: EventToPublish, resolve: Call["resolve"], reject: Call["reject"]): void {
    const state = this.#closing === undefined ? this.#gate.state() : CLOSED;
    if (state.kind !== "open") {
      reject(
        state.kind === "closed"
          ? new PublishError("the publisher is closed", { kind: "closed" })
          : this.#error("disconnected", event, `the stream cannot be used now: ${state.reason}`),
      );
      return;
    }
    if (!VISIBLE.test(event.id) || !SUBJECT.test(event.subject)) {
      reject(this.#error("invalid", event, "its id or subject is malformed: expected visible ASCII without wildcards"));
      return;
    }
    const call: Call = { event, deadline: performance.now() + this.#timeoutMs, resolve, reject };
    this.#sweeper ??= setTimeout(this.#sweep, SWEEP_MS);
    if (this.#inFlight.size < this.#maxInFlight) this.#send(call, state.link);
    else if (this.#waiting.length - this.#firstWaiting < this.#maxWaiting) this.#waiting.push(call);
    else reject(this.#error("overloaded", event, `${this.#maxWaiting} callers wait already`));
  }

  isReady(): boolean {
    return this.#closing === undefined && this.#gate.state().kind === "open";
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    return this.#gate.whenOpen(signal);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    if (this.#inFlight.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#idle = resolve;
      await promise;
    }
    this.#gate.close();
    clearTimeout(this.#sweeper);
    if (this.#inbox !== undefined) this.#inbox.unsubscribe();
  }

  #send(call: Call, link: NatsLink): void {
    const token = (this.#nextToken++).toString(36);
    const { event } = call;
    try {
      const headers = encodeHeaders(MESSAGE_ID, event.id, event.headers);
      link.publish(event.subject, event.body, { reply: this.#inboxOn(link) + token, headers });
    } catch (error) {
      call.reject(
        new PublishError(`event ${event.id} cannot be published: ${error instanceof Error ? error.message : error}`, {
          kind: "invalid",
          cause: error,
        }),
      );
      return;
    }
    this.#inFlight.set(token, call);
  }

  #inboxOn(link: NatsLink): string {
    if (this.#inbox?.link === link) return this.#inbox.prefix;
    const prefix = `${link.createInbox()}.`;
    const unsubscribe = link.subscribe(`${prefix}*`, (message) => this.#acknowledged(message, prefix.length));
    this.#inbox = { link, prefix, unsubscribe };
    return prefix;
  }

  #acknowledged(message: LinkMessage, prefixLength: number): void {
    const token = message.subject.slice(prefixLength);
    const call = this.#inFlight.get(token);
    // Answered after its deadline.
    if (call === undefined) return;
    this.#inFlight.delete(token);
    this.#settle(call, message);
    this.#sendWaiting();
  }

  #settle(call: Call, message: LinkMessage): void {
    // A word of the server's instead of an acknowledgement has no body.
    if (message.body.length === 0 && message.status === 503) {
      call.reject(this.#error("refused", call.event, "the stream does not exist"));
      this.#gate.recheck(`stream ${this.#stream.name} does not exist`);
      return;
    }
    let answer: {
      readonly seq?: number;
      readonly duplicate?: boolean;
      readonly error?: { readonly description?: string };
    };
    try {
      answer = JSON.parse(textOf(message.body));
    } catch (error) {
      call.reject(
        new PublishError(`event ${call.event.id} got an acknowledgement that is no JSON`, {
          kind: "refused",
          cause: error,
        }),
      );
      return;
    }
    if (answer.error !== undefined || answer.seq === undefined) {
      call.reject(this.#error("refused", call.event, answer.error?.description ?? "no reason given"));
    } else {
      call.resolve(answer.duplicate === true ? STORED_BEFORE : STORED);
    }
  }

  #sendWaiting(): void {
    const state = this.#gate.state();
    while (state.kind === "open" && this.#inFlight.size < this.#maxInFlight) {
      const call = this.#takeWaiting();
      if (call === undefined) break;
      this.#send(call, state.link);
    }
    this.#checkIdle();
  }

  #takeWaiting(): Call | undefined {
    const call = this.#waiting[this.#firstWaiting];
    if (call === undefined) return undefined;
    this.#firstWaiting++;
    if (this.#firstWaiting * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#firstWaiting);
      this.#firstWaiting = 0;
    }
    return call;
  }

  readonly #sweep = (): void => {
    const now = performance.now();
    for (const [token, call] of this.#inFlight) {
      if (call.deadline > now) break;
      this.#inFlight.delete(token);
      call.reject(this.#error("timeout", call.event, `no acknowledgement within ${this.#timeoutMs} ms`));
    }
    while ((this.#waiting[this.#firstWaiting]?.deadline ?? Number.POSITIVE_INFINITY) <= now) {
      const call = this.#takeWaiting();
      call?.reject(this.#error("timeout", call.event, `not sent within ${this.#timeoutMs} ms`));
    }
    const busy = this.#inFlight.size > 0 || this.#waiting.length > this.#firstWaiting;
    this.#sweeper = busy ? setTimeout(this.#sweep, SWEEP_MS) : undefined;
    this.#sendWaiting();
  };

  #follow(state: GateState): void {
    if (state.kind === "open") return;
    const rejectAll = (calls: Iterable<Call>): void => {
      for (const call of calls) {
        call.reject(
          state.kind === "closed"
            ? new PublishError("the publisher was closed before the acknowledgement", { kind: "closed" })
            : this.#error("disconnected", call.event, state.reason),
        );
      }
    };
    const inFlight = [...this.#inFlight.values()];
    const waiting = this.#waiting.splice(0).slice(this.#firstWaiting);
    this.#inFlight.clear();
    this.#firstWaiting = 0;
    rejectAll(inFlight);
    rejectAll(waiting);
    this.#checkIdle();
  }

  #checkIdle(): void {
    if (this.#inFlight.size === 0) this.#idle?.();
  }

  #error(kind: PublishErrorKind, event: EventToPublish, reason: string): PublishError {
    return new PublishError(`event ${event.id} was not published to ${this.#stream.name}: ${reason}`, { kind });
  }
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}
