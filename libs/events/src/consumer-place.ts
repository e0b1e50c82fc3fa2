import type { EventsConnection } from "./connection.ts";
import { askJetStream } from "./jetstream-api.ts";
import { readStreamInfo } from "./streams.ts";

const TIMEOUT_MS = 5_000;

/** Where a consumer stands in its stream, in the stream's sequences. */
export interface ConsumerPlace {
  /** Everything up to here is acknowledged. 0: nothing is. */
  readonly acknowledged: number;
  /** The last that was delivered. */
  readonly delivered: number;
  readonly firstInStream: number;
  readonly lastInStream: number;
}

/** Rejects with StreamError. */
export async function readConsumerPlace(
  connection: EventsConnection,
  stream: string,
  durable: string,
): Promise<ConsumerPlace> {
  const answer = await askJetStream(connection, `CONSUMER.INFO.${stream}.${durable}`, undefined, TIMEOUT_MS);
  const sequence = (place: unknown) => (place as { stream_seq?: number } | undefined)?.stream_seq ?? 0;
  const { firstSequence, lastSequence } = await readStreamInfo(connection, stream, { timeoutMs: TIMEOUT_MS });
  return {
    acknowledged: sequence(answer["ack_floor"]),
    delivered: sequence(answer["delivered"]),
    firstInStream: firstSequence,
    lastInStream: lastSequence,
  };
}

/**
 * Whether the consumer stands behind the stream's end. A server that was killed may have found less of the stream than its consumer had
 * already seen (seen with nats-server 2.9.10 and a stream that had been emptied, 2026-11-22): such a consumer would pass over as many new
 * messages as are missing, and must be made anew.
 */
export function isAhead(place: ConsumerPlace): boolean {
  return Math.max(place.acknowledged, place.delivered) > place.lastInStream;
}

/** Removes what is acknowledged, but for the last `keepBehind` messages. Rejects with StreamError. */
export async function removeAcknowledged(
  connection: EventsConnection,
  stream: string,
  place: ConsumerPlace,
  keepBehind: number,
): Promise<void> {
  const firstKept = Math.min(place.acknowledged, place.lastInStream) - keepBehind + 1;
  if (firstKept - place.firstInStream < keepBehind) return;
  await askJetStream(connection, `STREAM.PURGE.${stream}`, { seq: firstKept }, TIMEOUT_MS);
}
