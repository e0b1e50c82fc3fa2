import type { EventsConnection } from "./connection.ts";
import { isAhead, readConsumerPlace, removeAcknowledged } from "./consumer-place.ts";
import { type Delivery, type EventMessage, readDelivery } from "./delivery.ts";
import { askJetStream, checkName, nanosFromMs, StreamError } from "./jetstream-api.ts";
import type { LinkMessage, NatsLink } from "./nats-link.ts";
import { pause } from "./outage.ts";
import { createStreamGate, type StreamGate } from "./stream-gate.ts";
import { ensureStream, type StreamSpec } from "./streams.ts";

/**
 * What becomes of a message: "done" removes it from this consumer for ever, `retryAfterMs` brings it again (not before that
 * time), `reject` gives it up: it is never delivered again and `onReject` is told why.
 */
export type Disposition = "done" | { readonly retryAfterMs: number } | { readonly reject: string };

export interface ConsumeOptions {
  readonly connection: EventsConnection;
  /** Made, or brought in line, before the consumer. */
  readonly stream: StreamSpec;
  /** The consumer's name: its position in the stream is kept under it, several processes may share it. */
  readonly durable: string;
  /** Narrows the stream's subjects to one (wildcards allowed). Default: all. */
  readonly filterSubject?: string;
  /** Most messages in one call of `handle`. Default 256. */
  readonly batch?: number;
  /** How long the first message waits for its batch to fill. Default 50. */
  readonly maxWaitMs?: number;
  /** After which an unanswered message is delivered again; prolonged while `handle` runs. Default 30000. */
  readonly ackWaitMs?: number;
  /**
   * What is acknowledged is removed from the stream, but for this many messages. At least 1, because a server that is killed forgets where a
   * stream stood that was empty. Only for the one durable of a stream, without `filterSubject`. Default: nothing is removed, the stream's own
   * bounds hold.
   */
  readonly keepBehind?: number;
  /** Delivered and unanswered messages over all processes sharing `durable`. Default 4096. */
  readonly maxAckPending?: number;
  /**
   * Returns one disposition per message, in order. One call runs at a time. A message may come more than once. If it
   * throws, every message of the batch comes again, later and later while it goes on throwing.
   */
  readonly handle: (messages: readonly EventMessage[]) => Promise<readonly Disposition[]>;
  readonly onReject?: (message: EventMessage, reason: string) => void;
  /** `handle` threw, or the server refused something that is tried again. For the log. */
  readonly onError?: (error: Error) => void;
}

export type ConsumerStatus =
  | { readonly kind: "consuming" }
  | { readonly kind: "waiting"; readonly reason: string }
  | { readonly kind: "closed" };

export interface Consumer extends AsyncDisposable {
  status(): ConsumerStatus;
  /** Messages in the stream not yet delivered, as of the last delivery; undefined before the first. For metrics. */
  backlog(): number | undefined;
  /** Stops taking messages, lets the running batch end and be answered; what was fetched beyond it is handed back. */
  close(): Promise<void>;
}

/** Starts consuming in the background, now or whenever the connection comes; goes on over every outage until closed. */
export function consume(options: ConsumeOptions): Consumer {
  return new StreamConsumer(options);
}

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5_000;
const PREPARE_TIMEOUT_MS = 5_000;
/** A pull that says nothing for this long is given up: the server has forgotten it. */
const SILENCE_MS = 3 * HEARTBEAT_MS;
/** How often what is acknowledged is removed. */
const TIDY_MS = 10_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 30_000;
const ACK = encode("+ACK");
const NAK = encode("-NAK");
const TERM = encode("+TERM");
const IN_PROGRESS = encode("+WPI");

/** A request for messages that the server has not finished with. */
interface Pull {
  readonly inbox: string;
  missing: number;
  heardAt: number;
}

/**
 * One loop: fill a batch, hand it over, answer it. While the handler runs the next batch is being fetched, so at most two
 * batches are held here. Pulls are plain JetStream requests; the server speaks on their inbox of heartbeats (100) and of
 * their end (404, 408, 409, 503).
 */
class StreamConsumer implements Consumer {
  readonly #options: ConsumeOptions;
  readonly #batch: number;
  readonly #maxWaitMs: number;
  readonly #ackWaitMs: number;
  readonly #gate: StreamGate;
  readonly #closing = new AbortController();
  readonly #fetched: Delivery[] = [];
  #running: readonly Delivery[] = [];
  #pull: Pull | undefined;
  #pulls = 0;
  #inbox: { readonly link: NatsLink; readonly prefix: string; readonly unsubscribe: () => void } | undefined;
  #lastDelivery: Delivery | undefined;
  #failures = 0;
  #tidiedAt = 0;
  #wake: (() => void) | undefined;
  readonly #done: Promise<void>;

  constructor(options: ConsumeOptions) {
    this.#options = options;
    this.#batch = options.batch ?? 256;
    this.#maxWaitMs = options.maxWaitMs ?? 50;
    this.#ackWaitMs = options.ackWaitMs ?? 30_000;
    checkName(options.durable, "durable");
    if (options.keepBehind !== undefined && !(options.keepBehind >= 1)) {
      throw new RangeError(`keepBehind of consumer ${options.durable} is ${options.keepBehind}: expected 1 or more`);
    }
    this.#gate = createStreamGate({
      connection: options.connection,
      prepare: () => this.#prepare(),
      onChange: () => {
        this.#pull = undefined;
        this.#wake?.();
      },
      onError: options.onError,
    });
    this.#done = this.#run();
  }

  status(): ConsumerStatus {
    const state = this.#gate.state();
    if (this.#closing.signal.aborted || state.kind === "closed") return { kind: "closed" };
    return state.kind === "open" ? { kind: "consuming" } : { kind: "waiting", reason: state.reason };
  }

  backlog(): number | undefined {
    return this.#lastDelivery?.pending;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake?.();
    await this.#done;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #prepare(): Promise<void> {
    const { connection, stream, durable, filterSubject } = this.#options;
    await ensureStream(connection, stream);
    const subject = `CONSUMER.DURABLE.CREATE.${stream.name}.${durable}`;
    const config = {
      durable_name: durable,
      deliver_policy: "all",
      ack_policy: "explicit",
      ack_wait: nanosFromMs(this.#ackWaitMs),
      max_deliver: -1,
      max_ack_pending: this.#options.maxAckPending ?? 4096,
      replay_policy: "instant",
      ...(filterSubject === undefined ? {} : { filter_subject: filterSubject }),
    };
    const create = () => askJetStream(connection, subject, { stream_name: stream.name, config }, PREPARE_TIMEOUT_MS);
    await create();
    if (isAhead(await readConsumerPlace(connection, stream.name, durable))) {
      await askJetStream(connection, `CONSUMER.DELETE.${stream.name}.${durable}`, undefined, PREPARE_TIMEOUT_MS);
      await create();
    }
    await this.#tidy();
  }

  /** Removes what nobody needs any more. A consumer that turns out to be ahead of its stream is made anew. */
  async #tidy(): Promise<void> {
    const { connection, stream, durable, keepBehind } = this.#options;
    this.#tidiedAt = performance.now();
    if (keepBehind === undefined) return;
    const place = await readConsumerPlace(connection, stream.name, durable);
    if (isAhead(place)) this.#gate.recheck("the consumer is ahead of its stream");
    else await removeAcknowledged(connection, stream.name, place, keepBehind);
  }

  async #run(): Promise<void> {
    const stillWorking = setInterval(() => this.#answerAll(this.#held(), IN_PROGRESS), this.#ackWaitMs / 3);
    try {
      while (!this.#ended()) {
        const batch = await this.#nextBatch();
        if (batch.length === 0) continue;
        this.#running = batch;
        this.#fetch();
        const pauseMs = await this.#handle(batch);
        this.#running = [];
        await pause(pauseMs, this.#closing.signal);
      }
    } finally {
      clearInterval(stillWorking);
      this.#answerAll(this.#fetched.splice(0), NAK);
      this.#inbox?.unsubscribe();
      this.#gate.close();
    }
  }

  async #tidyNowAndThen(): Promise<void> {
    if (performance.now() - this.#tidiedAt < TIDY_MS || this.#gate.state().kind !== "open") return;
    await this.#tidy().catch((error: Error) => this.#options.onError?.(error));
  }

  #ended(): boolean {
    return this.#closing.signal.aborted || this.#gate.state().kind === "closed";
  }

  #held(): readonly Delivery[] {
    return [...this.#running, ...this.#fetched];
  }

  /** Empty if there was nothing for a while, or it is time to look at the state again. */
  async #nextBatch(): Promise<readonly Delivery[]> {
    this.#fetch();
    if (this.#fetched.length === 0) await this.#sleep(HEARTBEAT_MS);
    await this.#tidyNowAndThen();
    if (this.#fetched.length === 0 || this.#ended()) return [];
    const until = performance.now() + this.#maxWaitMs;
    while (this.#fetched.length < this.#batch && !this.#ended()) {
      const leftMs = until - performance.now();
      if (leftMs <= 0) break;
      await this.#sleep(leftMs);
    }
    return this.#ended() ? [] : this.#fetched.splice(0, this.#batch);
  }

  /** Returns after `ms`, or earlier when there may be something to do. */
  async #sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }

  /** Asks for what is missing to a full batch, unless a request is under way. */
  #fetch(): void {
    const state = this.#gate.state();
    if (state.kind !== "open" || this.#closing.signal.aborted) return;
    if (this.#pull !== undefined && performance.now() - this.#pull.heardAt > SILENCE_MS) {
      this.#pull = undefined;
      this.#gate.recheck("the server has gone silent");
      return;
    }
    const missing = this.#batch - this.#fetched.length;
    if (this.#pull !== undefined || missing <= 0) return;
    const { stream, durable } = this.#options;
    const inbox = this.#inboxOn(state.link) + (this.#pulls++).toString(36);
    const request = { batch: missing, expires: nanosFromMs(EXPIRES_MS), idle_heartbeat: nanosFromMs(HEARTBEAT_MS) };
    this.#pull = { inbox, missing, heardAt: performance.now() };
    state.link.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream.name}.${durable}`, encode(JSON.stringify(request)), {
      reply: inbox,
    });
  }

  #inboxOn(link: NatsLink): string {
    if (this.#inbox?.link === link) return this.#inbox.prefix;
    const prefix = `${link.createInbox()}.`;
    this.#inbox = { link, prefix, unsubscribe: link.subscribe(`${prefix}*`, (message) => this.#received(message)) };
    return prefix;
  }

  #received(received: LinkMessage): void {
    const delivery = readDelivery(received);
    if (delivery === undefined) {
      if (received.status !== 0) this.#told(received);
      return;
    }
    const pull = this.#pull;
    if (pull !== undefined) {
      pull.heardAt = performance.now();
      pull.missing--;
      if (pull.missing <= 0) this.#pull = undefined;
    }
    this.#lastDelivery = delivery;
    this.#fetched.push(delivery);
    // What was left of the request may have been less than a batch.
    if (this.#pull === undefined) this.#fetch();
    if (this.#fetched.length === 1 || this.#fetched.length >= this.#batch) this.#wake?.();
  }

  /** The server's word about a request. */
  #told(received: LinkMessage): void {
    const pull = this.#pull;
    if (pull === undefined || received.subject !== pull.inbox) return;
    pull.heardAt = performance.now();
    if (received.status === 100) return;
    this.#pull = undefined;
    // 404 and 408: the request has expired, the next one follows. Anything else: something is amiss with the consumer.
    if (received.status !== 404 && received.status !== 408) this.#amiss(received);
    this.#wake?.();
  }

  #amiss(received: LinkMessage): void {
    const what = `${received.status} ${received.statusText}`.trim();
    const reason = `consumer ${this.#options.durable} of ${this.#options.stream.name}: ${what}`;
    this.#options.onError?.(new StreamError(reason, { kind: "refused" }));
    this.#gate.recheck(reason);
  }

  /** Answers the whole batch, whatever the handler does. Returns how long to pause before the next. */
  async #handle(batch: readonly Delivery[]): Promise<number> {
    let dispositions: readonly Disposition[];
    try {
      dispositions = await this.#options.handle(batch.map(({ message }) => message));
      if (dispositions.length !== batch.length) {
        throw new Error(`the handler gave ${dispositions.length} dispositions for ${batch.length} messages`);
      }
    } catch (error) {
      const retryMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, LONGEST_RETRY_MS);
      this.#answerAll(batch, nakAfter(retryMs));
      this.#options.onError?.(error instanceof Error ? error : new Error(String(error)));
      return retryMs;
    }
    this.#failures = 0;
    for (const [index, delivery] of batch.entries()) this.#answer(delivery, dispositions[index] ?? "done");
    return 0;
  }

  #answer(delivery: Delivery, disposition: Disposition): void {
    if (disposition === "done") {
      this.#send(delivery, ACK);
    } else if ("reject" in disposition) {
      this.#send(delivery, TERM);
      this.#options.onReject?.(delivery.message, disposition.reject);
    } else {
      this.#send(delivery, nakAfter(disposition.retryAfterMs));
    }
  }

  #answerAll(deliveries: readonly Delivery[], answer: Uint8Array): void {
    for (const delivery of deliveries) this.#send(delivery, answer);
  }

  /** An answer that cannot be sent is not kept: the server delivers the message again. */
  #send(delivery: Delivery, answer: Uint8Array): void {
    const { connection } = this.#options;
    if (connection.status().kind === "connected") connection.link?.publish(delivery.reply, answer);
  }
}

function nakAfter(ms: number): Uint8Array {
  return ms > 0 ? encode(`-NAK ${JSON.stringify({ delay: nanosFromMs(ms) })}`) : NAK;
}

function encode(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}
