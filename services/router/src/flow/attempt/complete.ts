import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { type AttemptFailure, AttemptFailureSchema } from "@sluice/api/sluice/provider/v1/attempt";
import { withTrace } from "@sluice/rpc";
import type { OpenAttempt } from "../../usage/usage-recorder.ts";
import { type ChatPayload, wirePayload } from "../gateway-request.ts";
import {
  type AttemptOrder,
  type AttemptOutcome,
  type AttemptTools,
  adapterTimeoutMs,
  attemptOf,
} from "./attempt-order.ts";
import { bookDeparture, bookFailure, endingOfSuccess, failureOfAdapter } from "./book-ending.ts";

/** Asks for a whole answer. */
export async function complete(
  { adapter, clock }: AttemptTools,
  order: AttemptOrder,
  payload: ChatPayload,
  open: OpenAttempt,
): Promise<AttemptOutcome> {
  const { request, door, report } = order;
  let failure: AttemptFailure | undefined;
  try {
    const response = await adapter.complete(
      { attempt: attemptOf(order), payload: wirePayload(payload) },
      withTrace(request.trace, { signal: request.signal, timeoutMs: adapterTimeoutMs }),
    );
    if (response.outcome.case === "success") {
      const { payload: answered, facts } = response.outcome.value;
      if (answered.case === undefined) throw new ConnectError("the adapter's answer has no payload", Code.Internal);
      const settled = open.end(endingOfSuccess(order, facts, clock.now()));
      report.parameterChanges = facts?.parameterChanges ?? [];
      report.costNanos = settled.costNanos;
      await open.durable();
      const answer =
        answered.case === "body"
          ? ({ kind: "body", bytes: answered.value } as const)
          : ({ kind: "chat", chat: answered.value } as const);
      if (answer.kind === "body" && facts !== undefined)
        order.keep?.keepWhole(answer.bytes, order.deployment.name, facts, settled.costNanos);
      await door.whole(answer, report);
      return { kind: "answered" };
    }
    failure = response.outcome.value;
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
