import type { EventsConnection } from "./connection.ts";

/**
 * A stream as Sluice wants it. File storage and discard-new always: a full stream refuses the publisher, who keeps the event;
 * nothing is dropped to make room.
 */
export interface StreamSpec {
  /** Upper case by custom, such as `USAGE`. */
  readonly name: string;
  /** Such as `["usage.v1.>"]`; no two streams of one server may overlap. */
  readonly subjects: readonly string[];
  /**
   * "workqueue": a message is removed once the one consumer acknowledged it. "limits": kept until `maxAgeMs`, read or unread.
   * "interest": kept until every consumer acknowledged it, and dropped at once if there is none.
   */
  readonly retention: "limits" | "workqueue" | "interest";
  readonly maxBytes: number;
  /** Unread messages older than this are removed. Default: kept for ever. */
  readonly maxAgeMs?: number;
  /** For how long a message id is remembered. At least, and by default, 120000. */
  readonly duplicateWindowMs?: number;
  /** Default 1. */
  readonly replicas?: number;
}

/** Makes the stream, or brings an existing one in line. Rejects with StreamError. */
export async function ensureStream(
  _connection: EventsConnection,
  _spec: StreamSpec,
  _options: { readonly timeoutMs?: number } = {},
): Promise<void> {
  throw new Error("unavailable");
}

export interface StreamInfo {
  readonly messages: number;
  readonly bytes: number;
  readonly lastSequence: number;
}

export async function readStreamInfo(
  _connection: EventsConnection,
  _name: string,
  _options: { readonly timeoutMs?: number } = {},
): Promise<StreamInfo> {
  throw new Error("unavailable");
}
