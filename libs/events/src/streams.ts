import type { EventsConnection } from "./connection.ts";
import { askJetStream, checkName, nanosFromMs, STREAM_EXISTS, STREAM_NOT_FOUND, StreamError } from "./jetstream-api.ts";

/**
 * A stream as Sluice wants it. File storage and discard-new always: a full stream refuses the publisher, who keeps the event;
 * nothing is dropped to make room.
 */
export interface StreamSpec {
  /** Upper case by custom, such as `USAGE`. */
  readonly name: string;
  /** Such as `["usage.v1.>"]`; no two streams of one server may overlap. */
  readonly subjects: readonly string[];
  readonly maxBytes: number;
  /** Unread messages older than this are removed. Default: kept for ever. */
  readonly maxAgeMs?: number;
  /** For how long a message id is remembered. At least, and by default, 120000. */
  readonly duplicateWindowMs?: number;
  /** Default 1. */
  readonly replicas?: number;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const MIN_DUPLICATE_WINDOW_MS = 120_000;

/** Makes the stream, or brings an existing one in line; settings not named in the spec stay. Rejects with StreamError. */
export async function ensureStream(
  connection: EventsConnection,
  spec: StreamSpec,
  options: { readonly timeoutMs?: number } = {},
): Promise<void> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const wanted = describe(spec);
  const existing = await findConfiguration(connection, spec.name, timeoutMs);
  if (existing === undefined) {
    try {
      await askJetStream(connection, `STREAM.CREATE.${spec.name}`, wanted, timeoutMs);
      return;
    } catch (error) {
      // Somebody else made it meanwhile, otherwise than we would have.
      if (!(error instanceof StreamError) || error.code !== STREAM_EXISTS) throw error;
      return ensureStream(connection, spec, options);
    }
  }
  const changed = Object.entries(wanted).some(
    ([name, value]) => JSON.stringify(existing[name]) !== JSON.stringify(value),
  );
  if (changed) await askJetStream(connection, `STREAM.UPDATE.${spec.name}`, { ...existing, ...wanted }, timeoutMs);
}

export interface StreamInfo {
  readonly messages: number;
  readonly bytes: number;
  /** Of the oldest message; one more than `lastSequence` if there is none. */
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** Rejects with StreamError. */
export async function readStreamInfo(
  connection: EventsConnection,
  name: string,
  options: { readonly timeoutMs?: number } = {},
): Promise<StreamInfo> {
  const subject = `STREAM.INFO.${checkName(name, "stream")}`;
  const answer = await askJetStream(connection, subject, undefined, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const state = answer["state"] as { messages: number; bytes: number; first_seq: number; last_seq: number };
  const { messages, bytes, first_seq: firstSequence, last_seq: lastSequence } = state;
  return { messages, bytes, firstSequence, lastSequence };
}

async function findConfiguration(
  connection: EventsConnection,
  name: string,
  timeoutMs: number,
): Promise<Record<string, unknown> | undefined> {
  try {
    const answer = await askJetStream(connection, `STREAM.INFO.${name}`, undefined, timeoutMs);
    return answer["config"] as Record<string, unknown>;
  } catch (error) {
    if (error instanceof StreamError && error.code === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
}

/** The stream's configuration as JetStream spells it (nats-server 2.9). Throws if the spec contradicts itself. */
function describe(spec: StreamSpec): Record<string, unknown> {
  checkName(spec.name, "stream");
  const duplicateWindowMs = spec.duplicateWindowMs ?? MIN_DUPLICATE_WINDOW_MS;
  if (duplicateWindowMs < MIN_DUPLICATE_WINDOW_MS) {
    throw new RangeError(`duplicateWindowMs of stream ${spec.name} is ${duplicateWindowMs}: expected 120000 or more`);
  }
  if (spec.maxAgeMs !== undefined && spec.maxAgeMs < duplicateWindowMs) {
    throw new RangeError(
      `maxAgeMs of stream ${spec.name} is ${spec.maxAgeMs}: expected no less than its duplicate window`,
    );
  }
  if (!(spec.maxBytes > 0))
    throw new RangeError(`maxBytes of stream ${spec.name} is ${spec.maxBytes}: expected a bound`);
  return {
    name: spec.name,
    subjects: spec.subjects,
    retention: "limits",
    max_bytes: spec.maxBytes,
    max_age: spec.maxAgeMs === undefined ? 0 : nanosFromMs(spec.maxAgeMs),
    duplicate_window: nanosFromMs(duplicateWindowMs),
    storage: "file",
    discard: "new",
    num_replicas: spec.replicas ?? 1,
  };
}
