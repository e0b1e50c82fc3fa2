import { create } from "@bufbuild/protobuf";
import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import type { ChatResponse } from "@sluice/api/sluice/chat/v1/chat_response";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { MoneySchema } from "@sluice/api/sluice/common/v1/money";
import type { GatewayService } from "@sluice/api/sluice/gateway/v1/gateway_service";
import { type RequestReport, RequestReportSchema } from "@sluice/api/sluice/gateway/v1/request_record";
import { type ConnectError, type HandlerContext, rpcError, type ServiceImpl, traceOf } from "@sluice/rpc";
import { type Clock, type IdSource, startSpan } from "@sluice/runtime";
import type { AdminCheck } from "../admin-check.ts";
import { authenticate, readSecret } from "../authenticate.ts";
import type { RouterEvents } from "../events.ts";
import type { Door } from "../flow/door.ts";
import type { GatewayRequest } from "../flow/gateway-request.ts";
import { createReport, type Report } from "../flow/report.ts";
import type { RequestFlow } from "../flow/request-flow.ts";
import { readSluiceHeaders } from "../http/request-headers.ts";
import { codeOf, type Refusal, reasonName } from "../refusal.ts";
import { callableModels } from "../routing/callable-models.ts";
import type { SnapshotHolder } from "../snapshot/snapshot-holder.ts";
import { factsOfChat } from "./facts-of-chat.ts";
import { createPieceQueue } from "./piece-queue.ts";

/** The typed door: the same flow, in the hub's own form. */
export function createGatewayService(options: {
  readonly flow: RequestFlow;
  readonly snapshots: SnapshotHolder;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly events: RouterEvents;
  readonly isAdmin: AdminCheck;
}): ServiceImpl<typeof GatewayService> {
  const { flow, snapshots, ids, clock, events } = options;

  function gatewayRequest(
    chat: ChatRequest,
    stream: boolean,
    context: HandlerContext,
    signal: AbortSignal,
  ): GatewayRequest {
    const header = headerOf(context);
    const read = readSluiceHeaders(header, options.isAdmin);
    if (read.kind === "refused") throw errorOf(read.refusal);
    const facts = factsOfChat(chat, stream);
    return {
      requestId: ids.requestId(),
      secret: readSecret(header),
      facts,
      payload: { kind: "chat", chat },
      cacheMode: read.headers.cacheMode,
      tags: read.headers.tags,
      endUser: read.headers.user || (facts.endUser ?? ""),
      parameterMode: read.headers.parameterMode,
      captureRaw: read.headers.captureRaw,
      trace: startSpan("sluice.router", stream ? "stream" : "complete", traceOf(context)),
      signal,
      startMs: clock.now(),
    };
  }

  /** Runs the flow and says in metrics and the trace how it ended. */
  async function run(request: GatewayRequest, door: Door, route: string): Promise<void> {
    const startedMs = clock.monotonicMs();
    let report = createReport(request.requestId);
    let status = 500;
    let refused: Refusal | undefined;
    try {
      report = await flow(request, {
        ...door,
        fail(refusal, failed) {
          refused = refusal;
          events.requestRefused(refusal);
          door.fail(refusal, failed);
        },
      });
      status = refused?.httpStatus ?? 200;
    } finally {
      events.requestEnded(report, { route, status, seconds: (clock.monotonicMs() - startedMs) / 1000 });
      if (refused !== undefined) request.trace.setError(reasonName(refused.reason), refused.message);
      request.trace.end();
    }
  }

  return {
    async complete({ chat }, context) {
      if (chat === undefined) throw new TypeError("validation let a request without `chat` through");
      const request = gatewayRequest(chat, false, context, context.signal);
      let answer: { readonly chat: ChatResponse; readonly report: Report } | undefined;
      let refusal: Refusal | undefined;
      const door: Door = {
        ...noStream,
        whole(given, report) {
          if (given.kind === "chat") answer = { chat: given.chat, report };
        },
        fail(given) {
          refusal = given;
        },
      };
      await run(request, door, "/sluice.gateway.v1.GatewayService/Complete");
      if (refusal !== undefined) throw errorOf(refusal);
      if (answer === undefined) throw new Error("the flow ended without an answer");
      return { chat: answer.chat, report: reportMessage(answer.report) };
    },

    async *stream({ chat }, context) {
      if (chat === undefined) throw new TypeError("validation let a request without `chat` through");
      const left = new AbortController();
      const leave = () => left.abort(context.signal.reason);
      context.signal.addEventListener("abort", leave, { once: true });
      const request = gatewayRequest(chat, true, context, left.signal);
      const queue = createPieceQueue<{ readonly event: StreamEvent } | { readonly report: Report }>();
      const door: Door = {
        whole() {
          throw new Error("a stream was answered whole");
        },
        begin() {},
        piece: (piece) => (piece.kind === "event" ? queue.push({ event: piece.event }) : undefined),
        end(report) {
          void queue.push({ report });
          queue.end();
        },
        fail(refusal) {
          queue.fail(errorOf(refusal));
        },
      };
      run(request, door, "/sluice.gateway.v1.GatewayService/Stream").catch((error: unknown) => queue.fail(error));
      try {
        for await (const item of queue) {
          if ("event" in item) yield { piece: { case: "event" as const, value: item.event } };
          else yield { piece: { case: "report" as const, value: reportMessage(item.report) } };
        }
      } finally {
        context.signal.removeEventListener("abort", leave);
        left.abort();
      }
    },

    listModels({ pageSize, pageToken }, context) {
      const held = snapshots.current(clock.now());
      if (held.kind === "unavailable") throw errorOf(held.refusal);
      const caller = authenticate(held.index, readSecret(headerOf(context)), clock.now());
      if (caller.kind === "refused") throw errorOf(caller.refusal);
      const all = callableModels(held.index, caller.key.team);
      const first = pageToken === "" ? 0 : all.findIndex((model) => model.name > pageToken);
      const page = first === -1 ? [] : all.slice(first, first + (pageSize || defaultPageSize));
      const last = page.at(-1);
      const more = last !== undefined && last !== all.at(-1);
      return {
        models: page.map((model) => ({ name: model.name, route: model.route, deployments: [...model.deployments] })),
        nextPageToken: more ? last.name : "",
      };
    },
  };
}

const defaultPageSize = 100;

const noStream = {
  begin() {
    throw new Error("a whole answer began as a stream");
  },
  piece() {
    throw new Error("a whole answer came in pieces");
  },
  end() {
    throw new Error("a whole answer ended as a stream");
  },
};

function headerOf(context: HandlerContext) {
  return (name: string) => context.requestHeader.get(name) ?? undefined;
}

function errorOf(refusal: Refusal): ConnectError {
  return rpcError({
    code: codeOf(refusal.reason),
    reason: refusal.reason,
    fault: refusal.fault,
    message: refusal.message,
    metadata: {
      ...refusal.metadata,
      ...(refusal.retryAfterMs === undefined ? {} : { retry_after_ms: String(Math.ceil(refusal.retryAfterMs)) }),
      ...(refusal.parameter === "" ? {} : { parameter: refusal.parameter }),
    },
  });
}

function reportMessage(report: Report): RequestReport {
  return create(RequestReportSchema, {
    requestId: report.requestId,
    model: report.model,
    attempts: report.attempts,
    cacheState: report.cacheState,
    parameterChanges: [...report.parameterChanges],
    degraded: report.degraded,
    ...(report.costNanos === undefined ? {} : { cost: create(MoneySchema, { usdNanos: report.costNanos }) }),
  });
}
