import { create } from "@bufbuild/protobuf";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { type AttemptFailure, AttemptFailureSchema } from "@sluice/api/sluice/provider/v1/attempt";
import { withTrace } from "@sluice/rpc";
import type { OpenAttempt } from "../../usage/usage-recorder.ts";
import type { EmbeddingsPayload } from "../gateway-request.ts";
import {
  type AttemptOrder,
  type AttemptOutcome,
  type AttemptTools,
  adapterTimeoutMs,
  attemptOf,
} from "./attempt-order.ts";
import { bookDeparture, bookFailure, endingOfSuccess, failureOfAdapter } from "./book-ending.ts";

/** Asks for embeddings. */
export async function embed(
  { adapter, clock }: AttemptTools,
  order: AttemptOrder,
  payload: EmbeddingsPayload,
  open: OpenAttempt,
): Promise<AttemptOutcome> {
  const { request, door, report } = order;
  let failure: AttemptFailure | undefined;
  try {
    const { outcome } = await adapter.embed(
      {
        attempt: attemptOf(order),
        body: { dialect: payload.dialect, operation: payload.operation, body: payload.bytes },
      },
      withTrace(request.trace, { signal: request.signal, timeoutMs: adapterTimeoutMs }),
    );
    if (outcome.case === "success") {
      const { body, facts } = outcome.value;
      const settled = open.end(endingOfSuccess(order, facts, clock.now()));
      report.parameterChanges = facts?.parameterChanges ?? [];
      report.costNanos = settled.costNanos;
      await open.durable();
      await door.whole({ kind: "body", bytes: body }, report);
      return { kind: "answered" };
    }
    failure = outcome.value;
    if (failure?.reason === ErrorReason.CALLER_GONE) return bookDeparture(clock, order, open, undefined, 0);
  } catch (error) {
    if (open.ended) throw error;
    if (request.signal.aborted) return bookDeparture(clock, order, open, undefined, 0);
    failure = failureOfAdapter(error);
  }
  report.parameterChanges = failure?.parameterChanges ?? [];
  return bookFailure(
    clock,
    order,
    open,
    failure ?? create(AttemptFailureSchema, { reason: ErrorReason.INTERNAL }),
    false,
  );
}
