import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import { withTrace } from "@sluice/rpc";
import type { OpenAttempt } from "../../usage/usage-recorder.ts";
import type { Piece } from "../door.ts";
import { type ChatPayload, wirePayload } from "../gateway-request.ts";
import {
  type AttemptOrder,
  type AttemptOutcome,
  type AttemptTools,
  adapterTimeoutMs,
  attemptOf,
} from "./attempt-order.ts";
import { bookDeparture, bookFailure, endingOfSuccess, failureOfAdapter } from "./book-ending.ts";

/** Asks for an answer as it is produced, and passes it on piece by piece. */
export async function stream(
  { adapter, clock }: AttemptTools,
  order: AttemptOrder,
  payload: ChatPayload,
  open: OpenAttempt,
): Promise<AttemptOutcome> {
  const { request, door, report } = order;
  let begun = false;
  let usage: TokenUsage | undefined;
  let characters = 0;
  let last: Piece | undefined;
  const keeper = order.keep?.keepStream();

  const begin = () => {
    if (begun) return;
    begun = true;
    door.begin(report);
  };
  const give = async (piece: Piece) => {
    begin();
    if (piece.kind === "body") keeper?.piece(piece.bytes);
    const ready = door.piece(piece);
    if (ready !== undefined) await ready;
  };

  try {
    const responses = adapter.stream(
      { attempt: attemptOf(order), payload: wirePayload(payload) },
      withTrace(request.trace, { signal: request.signal, timeoutMs: adapterTimeoutMs }),
    );
    for await (const { event } of responses) {
      switch (event.case) {
        case "started":
          report.parameterChanges = event.value.parameterChanges;
          open.firstByte(event.value.firstByteMicros);
          begin();
          break;
        case "chunk": {
          const chunk = event.value;
          characters += chunk.outputCharacters;
          usage = chunk.usage ?? usage;
          const piece: Piece = { kind: "body", bytes: chunk.body };
          if (chunk.endsAnswer) last = joinPieces(last, piece);
          else await give(piece);
          break;
        }
        case "hubEvent": {
          const piece: Piece = { kind: "event", event: event.value };
          const hub = event.value.event;
          characters += hubCharacters(hub);
          if (hub.case === "responseStart") usage = hub.value.usage ?? usage;
          if (hub.case === "finish") last = piece;
          else if (hub.case !== "error") await give(piece);
          break;
        }
        case "finished": {
          const facts = event.value;
          const settled = open.end(endingOfSuccess(order, facts, clock.now()));
          report.costNanos = settled.costNanos;
          await open.durable();
          if (last !== undefined) await give(last);
          keeper?.end(order.deployment.name, facts, settled.costNanos);
          begin();
          door.end(report);
          return { kind: "answered" };
        }
        case "failed":
          report.parameterChanges = event.value.parameterChanges;
          if (event.value.reason === ErrorReason.CALLER_GONE)
            return bookDeparture(clock, order, open, usage, characters);
          return await bookFailure(clock, order, open, event.value, begun);
        case undefined:
          break;
      }
    }
    return await bookFailure(
      clock,
      order,
      open,
      failureOfAdapter(new Error("the stream ended without its end")),
      begun,
    );
  } catch (error) {
    if (open.ended) throw error;
    if (request.signal.aborted) return bookDeparture(clock, order, open, usage, characters);
    return await bookFailure(clock, order, open, failureOfAdapter(error), begun);
  }
}

function joinPieces(first: Piece | undefined, second: Piece): Piece {
  if (first?.kind !== "body" || second.kind !== "body") return second;
  return { kind: "body", bytes: Buffer.concat([first.bytes, second.bytes]) };
}

function hubCharacters(event: { case?: string | undefined; value?: unknown }): number {
  switch (event.case) {
    case "textDelta":
    case "reasoningDelta":
    case "refusalDelta":
      return (event.value as { text: string }).text.length;
    case "toolCallDelta":
      return (event.value as { arguments: string }).arguments.length;
    default:
      return 0;
  }
}
