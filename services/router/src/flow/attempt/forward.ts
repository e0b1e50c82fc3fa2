import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { withTrace } from "@sluice/rpc";
import type { OpenAttempt } from "../../usage/usage-recorder.ts";
import type { ForwardPayload } from "../gateway-request.ts";
import {
  type AttemptOrder,
  type AttemptOutcome,
  type AttemptTools,
  adapterTimeoutMs,
  attemptOf,
} from "./attempt-order.ts";
import { bookDeparture, bookFailure, failureOfAdapter } from "./book-ending.ts";
import { endingOfForward } from "./ending-of-forward.ts";

/** Passes a request to an endpoint that is not translated, and its answer back as it comes. */
export async function forward(
  { adapter, clock }: AttemptTools,
  order: AttemptOrder,
  payload: ForwardPayload,
  open: OpenAttempt,
): Promise<AttemptOutcome> {
  const { request, door, report } = order;
  let begun = false;
  try {
    const { contentType, bytes } = await payload.bodyFor(
      payload.provider === "" ? order.deployment.model.upstreamModel : undefined,
    );
    const responses = adapter.forward(
      {
        attempt: attemptOf(order),
        path: payload.path,
        method: payload.method,
        query: payload.query,
        contentType,
        body: bytes,
      },
      withTrace(request.trace, { signal: request.signal, timeoutMs: adapterTimeoutMs }),
    );
    for await (const { event } of responses) {
      switch (event.case) {
        case "started": {
          const { httpStatus, contentType, contentDisposition } = event.value;
          begun = true;
          door.begin(report, { httpStatus, contentType, contentDisposition });
          break;
        }
        case "chunk": {
          const ready = door.piece({ kind: "body", bytes: event.value });
          if (ready !== undefined) await ready;
          break;
        }
        case "finished": {
          const settled = open.end(endingOfForward(payload, event.value, clock.now()));
          report.costNanos = settled.costNanos;
          await open.durable();
          door.end(report);
          return { kind: "answered" };
        }
        case "failed":
          if (event.value.reason === ErrorReason.CALLER_GONE) return bookDeparture(clock, order, open, undefined, 0);
          return await bookFailure(clock, order, open, event.value, begun);
        case undefined:
          break;
      }
    }
    return await bookFailure(
      clock,
      order,
      open,
      failureOfAdapter(new Error("the answer ended without its end")),
      begun,
    );
  } catch (error) {
    if (open.ended) throw error;
    if (request.signal.aborted) return bookDeparture(clock, order, open, undefined, 0);
    return await bookFailure(clock, order, open, failureOfAdapter(error), begun);
  }
}
