import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type StreamEvent, StreamEventSchema } from "@sluice/api/sluice/chat/v1/stream_event";

type EventInit = NonNullable<MessageInitShape<typeof StreamEventSchema>["event"]>;

/** One of the hub's stream events. `candidate` and `part` are 0 for events of the whole answer. */
export function createStreamEvent(event: EventInit, candidate = 0, part = 0): StreamEvent {
  return create(StreamEventSchema, { candidate, part, event });
}
