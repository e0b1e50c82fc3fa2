import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import type { JsonObject } from "../dialect.ts";
import { namePartField } from "../piece-field.ts";
import type { SignedBytes } from "../signature.ts";
import { createStreamEvent } from "../stream-event.ts";

type EventInit = Parameters<typeof createStreamEvent>[0];

/** Where the items of a stream tell their pieces: the numbering of all pieces, and the events that wait to be taken. */
export interface PieceSink {
  /** The number of a new piece. */
  next(): number;
  emit(event: EventInit, part: number): void;
  /** A field of a piece that has no place for it in the events: told when the answer ends. */
  late(part: number, extension: Extension): void;
  /** Signatures over calls to come, by the call's id. */
  readonly callSignatures: Map<string, SignedBytes>;
  take(): StreamEvent[];
  lateExtensions(): readonly Extension[];
}

/** The bound of StreamFinish.extensions, with room for the answer's own. */
const maxLate = 192;

export function createPieceSink(): PieceSink {
  let parts = 0;
  let events: StreamEvent[] = [];
  const late: Extension[] = [];
  return {
    next: () => parts++,
    emit(event, part) {
      events.push(createStreamEvent(event, 0, part));
    },
    late(part, extension) {
      if (late.length < maxLate) late.push({ ...extension, field: namePartField(extension, 0, part).slice(0, 256) });
    },
    callSignatures: new Map(),
    take() {
      const taken = events;
      events = [];
      return taken;
    },
    lateExtensions: () => late,
  };
}

/** One item of a stream. What is wrong is returned, in words, and ends the stream. */
export interface ItemStream {
  /** Takes an event that names the item. Events of types that are not known are passed over. */
  push(type: string, data: JsonObject): string | undefined;
  /** The item is done: `item` is all of it, undefined where the answer ended without it. */
  end(item: JsonObject | undefined): string | undefined;
  /** The answer is broken off: ends what is open, adds nothing. */
  close(): void;
}

/** What of `whole` has not been told yet. A text that goes another way than it was told is left as it was told. */
export function restOf(whole: string | undefined, told: string): string {
  return whole?.startsWith(told) === true ? whole.slice(told.length) : "";
}
