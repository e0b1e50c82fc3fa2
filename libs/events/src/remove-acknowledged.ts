import type { EventsConnection } from "./connection.ts";
import { askJetStream } from "./jetstream-api.ts";
import { readStreamInfo } from "./streams.ts";

const TIMEOUT_MS = 5_000;

/**
 * Removes from a work queue the messages up to the consumer's acknowledged floor that a killed server has found again. It
 * removes them lazily but remembers the floor, and would neither deliver nor remove them: they would fill the stream for
 * good (seen with nats-server 2.9.10, `kill -9` under load, 2026-11-22). Rejects with StreamError.
 */
export async function removeAcknowledged(connection: EventsConnection, stream: string, durable: string): Promise<void> {
  const answer = await askJetStream(connection, `CONSUMER.INFO.${stream}.${durable}`, undefined, TIMEOUT_MS);
  const floor = (answer["ack_floor"] as { stream_seq?: number } | undefined)?.stream_seq ?? 0;
  const { firstSequence, lastSequence } = await readStreamInfo(connection, stream, { timeoutMs: TIMEOUT_MS });
  if (floor < firstSequence || floor > lastSequence) return;
  await askJetStream(connection, `STREAM.PURGE.${stream}`, { seq: floor + 1 }, TIMEOUT_MS);
}
