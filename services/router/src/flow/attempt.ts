import { create } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError } from "@connectrpc/connect";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import {
  type AttemptFacts,
  type AttemptFailure,
  AttemptFailureSchema,
  type ParameterMode,
} from "@sluice/api/sluice/provider/v1/attempt";
import type { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { type CacheState, Outcome, UsageSource } from "@sluice/api/sluice/usage/v1/usage_event";
import { withTrace } from "@sluice/rpc";
import type { Clock } from "@sluice/runtime";
import type { Reservation } from "../budgets/budget-keeper.ts";
import type { AnswerKeeper } from "../cache/answer-cache.ts";
import { type Refusal, refuse, refuseForFailure } from "../refusal.ts";
import type { Deployment } from "../snapshot/snapshot-index.ts";
import type { RequestIdentity } from "../usage/attempt-record.ts";
import { estimateUsage } from "../usage/estimate-usage.ts";
import type { OpenAttempt, UsageRecorder } from "../usage/usage-recorder.ts";
import type { Door, Piece } from "./door.ts";
import type { GatewayRequest } from "./gateway-request.ts";
import type { Report } from "./report.ts";

/** One call to one deployment. */
export type AttemptOrder = {
  readonly request: GatewayRequest;
  readonly identity: RequestIdentity;
  readonly deployment: Deployment;
  readonly reservation: Reservation;
  readonly parameterMode: ParameterMode;
  readonly attemptId: string;
  readonly report: Report;
  readonly door: Door;
  readonly cacheState: CacheState;
  /** Takes the answer for the cache. Undefined: it is not to be kept. */
  readonly keep: AnswerKeeper | undefined;
};

/** `final`: no other attempt may follow, because part of an answer has left or the caller has. */
export type AttemptOutcome =
  | { readonly kind: "answered" }
  | { readonly kind: "failed"; readonly refusal: Refusal; readonly final: boolean };

export type Attempter = (order: AttemptOrder) => Promise<AttemptOutcome>;

/** The deadline of a call to the adapter, which has its own, tighter ones for each phase: this one guards against a hung adapter. */
const adapterTimeoutMs = 11 * 60_000;

export function createAttempter(options: {
  readonly adapter: Client<typeof ProviderAdapterService>;
  readonly recorder: UsageRecorder;
  readonly clock: Clock;
}): Attempter {
  const { adapter, recorder, clock } = options;

  function payloadOf(order: AttemptOrder) {
    const payload = order.request.payload;
    return {
      attempt: {
        attemptId: order.attemptId,
        requestId: order.identity.requestId,
        model: order.deployment.name,
        parameterMode: order.parameterMode,
      },
      payload:
        payload.kind === "body"
          ? {
              case: "body" as const,
              value: { dialect: payload.dialect, body: payload.bytes, headers: payload.headers },
            }
          : { case: "chat" as const, value: payload.chat },
    };
  }

  async function complete(order: AttemptOrder, open: OpenAttempt): Promise<AttemptOutcome> {
    const { request, door, report } = order;
    let failure: AttemptFailure | undefined;
    try {
      const response = await adapter.complete(
        payloadOf(order),
        withTrace(request.trace, { signal: request.signal, timeoutMs: adapterTimeoutMs }),
      );
      if (response.outcome.case === "success") {
        const { payload, facts } = response.outcome.value;
        if (payload.case === undefined) throw new ConnectError("the adapter's answer has no payload", Code.Internal);
        const settled = open.end(endingOfSuccess(order, facts, clock.now()));
        report.parameterChanges = facts?.parameterChanges ?? [];
        report.costNanos = settled.costNanos;
        await open.durable();
        const answer =
          payload.case === "body"
            ? ({ kind: "body", bytes: payload.value } as const)
            : ({ kind: "chat", chat: payload.value } as const);
        if (answer.kind === "body" && facts !== undefined)
          order.keep?.keepWhole(answer.bytes, order.deployment.name, facts, settled.costNanos);
        door.whole(answer, report);
        return { kind: "answered" };
      }
      failure = response.outcome.value;
      if (failure?.reason === ErrorReason.CALLER_GONE) return callerGone(order, open, undefined, 0);
    } catch (error) {
      if (open.ended) throw error;
      if (request.signal.aborted) return callerGone(order, open, undefined, 0);
      failure = failureOfAdapter(error);
    }
    report.parameterChanges = failure?.parameterChanges ?? [];
    return failed(order, open, failure ?? create(AttemptFailureSchema, { reason: ErrorReason.INTERNAL }), false);
  }

  async function stream(order: AttemptOrder, open: OpenAttempt): Promise<AttemptOutcome> {
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
        payloadOf(order),
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
            if (event.value.reason === ErrorReason.CALLER_GONE) return callerGone(order, open, usage, characters);
            return await failed(order, open, event.value, begun);
          case undefined:
            break;
        }
      }
      return await failed(order, open, failureOfAdapter(new Error("the stream ended without its end")), begun);
    } catch (error) {
      if (open.ended) throw error;
      if (request.signal.aborted) return callerGone(order, open, usage, characters);
      return await failed(order, open, failureOfAdapter(error), begun);
    }
  }

  async function failed(
    order: AttemptOrder,
    open: OpenAttempt,
    failure: AttemptFailure,
    final: boolean,
  ): Promise<AttemptOutcome> {
    open.end({
      outcome: Outcome.FAILED,
      errorReason: failure.reason,
      finishReason: "",
      usage: failure.usage,
      usageSource: failure.usage === undefined ? UsageSource.UNSPECIFIED : UsageSource.PARTIAL,
      // The caller does not pay for an answer that the provider broke.
      charged: false,
      endMs: clock.now(),
      firstByteMicros: open.firstByteMicros,
    });
    await open.durable();
    order.report.costNanos = 0n;
    return { kind: "failed", refusal: refuseForFailure(failure, order.deployment.name), final };
  }

  /** The caller left: what had been produced is charged. */
  async function callerGone(
    order: AttemptOrder,
    open: OpenAttempt,
    reported: TokenUsage | undefined,
    characters: number,
  ): Promise<AttemptOutcome> {
    const estimate = estimateUsage(reported, order.request.facts.inputTokensAtMost, characters);
    open.end({
      outcome: Outcome.CANCELLED,
      errorReason: ErrorReason.CALLER_GONE,
      finishReason: "",
      usage: estimate.usage,
      usageSource: estimate.source,
      charged: true,
      endMs: clock.now(),
      firstByteMicros: open.firstByteMicros,
    });
    await open.durable();
    return { kind: "failed", refusal: refuse(ErrorReason.CALLER_GONE, "the caller left"), final: true };
  }

  return async (order) => {
    const opened = await recorder.open(order);
    if (opened.kind === "refused") return { kind: "failed", refusal: opened.refusal, final: true };
    return order.request.facts.stream ? stream(order, opened.attempt) : complete(order, opened.attempt);
  };
}

function endingOfSuccess(order: AttemptOrder, facts: AttemptFacts | undefined, nowMs: number) {
  const reported = facts?.usage;
  const known = reported?.inputTokens !== undefined && reported.outputTokens !== undefined;
  const estimate = known
    ? { usage: reported, source: UsageSource.REPORTED }
    : estimateUsage(reported, order.request.facts.inputTokensAtMost, Number(facts?.outputCharacters ?? 0n));
  return {
    outcome: Outcome.SUCCEEDED,
    errorReason: ErrorReason.UNSPECIFIED,
    finishReason: facts?.finish?.raw ?? "",
    usage: estimate.usage,
    usageSource: estimate.source,
    charged: true,
    endMs: nowMs,
    firstByteMicros: facts?.firstByteMicros ?? 0n,
  };
}

/** The adapter itself failed: it could not be reached, or broke off. */
function failureOfAdapter(error: unknown): AttemptFailure {
  const refused = ConnectError.from(error);
  if (refused.code === Code.InvalidArgument) {
    return create(AttemptFailureSchema, { reason: ErrorReason.INVALID_REQUEST, message: refused.rawMessage });
  }
  const reason =
    refused.code === Code.DeadlineExceeded ? ErrorReason.DEADLINE_EXCEEDED : ErrorReason.ADAPTER_UNAVAILABLE;
  return create(AttemptFailureSchema, { reason, message: `the provider-adapter failed: ${refused.rawMessage}` });
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
