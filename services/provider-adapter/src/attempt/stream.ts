import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { AttemptFailure } from "@sluice/api/sluice/provider/v1/attempt";
import type {
  StreamRequest,
  StreamResponse,
  StreamStarted,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { dialects } from "@sluice/dialects";
import { classifyBreak, createFailure, providerRequestId } from "../classify-failure.ts";
import { UpstreamBroken } from "../upstream/upstream-http.ts";
import { type HttpAttempt, microsSince } from "./attempt-context.ts";
import { callStream } from "./call-stream.ts";
import { createFacts } from "./outcome.ts";
import { createPassReader } from "./pass-stream.ts";
import { prepareAttempt } from "./prepare-attempt.ts";
import { failedStream } from "./stream-step.ts";
import type { Prepared } from "./translate.ts";
import { createTranslateReader } from "./translate-stream.ts";
import { endWithFacts, endWithFailure } from "./upstream-span.ts";

/**
 * Makes one attempt and gives the answer as it comes, in the words of the request. Ends the attempt's span. One generator does all of it:
 * with each further one every piece of the answer would wait for more turns of the microtask queue.
 */
export async function* streamOverHttp(request: StreamRequest, context: HttpAttempt): AsyncGenerator<StreamResponse> {
  const { provider, clock, span } = context;
  const target = dialects[context.endpoint.dialect];
  let chunks: AsyncIterator<Buffer> | undefined;
  let prepared: Prepared | undefined;
  let startMs: number | undefined;
  let firstByteMicros: bigint | undefined;

  const fail = (failure: AttemptFailure): StreamResponse => {
    if (startMs !== undefined) failure.totalMicros = microsSince(startMs, clock);
    if (prepared !== undefined && failure.parameterChanges.length === 0) {
      failure.parameterChanges = [...prepared.changes];
    }
    endWithFailure(span, failure);
    return failedStream(failure);
  };

  try {
    const preparation = prepareAttempt(request.payload, context, true);
    if (preparation.kind === "failed") {
      yield fail(preparation.failure);
      return;
    }
    startMs = clock.monotonicMs();
    const called = await callStream(context, preparation.prepared, startMs);
    prepared = called.prepared;
    if (called.kind === "failed") {
      yield fail(called.failure);
      return;
    }
    const { answer } = called;

    const reader = prepared.sameDialect
      ? createPassReader(target, prepared, context)
      : createTranslateReader(target, prepared, context);
    chunks = answer.body[Symbol.asyncIterator]();
    for (let ended = false; !ended; ) {
      const next: IteratorResult<Buffer> = await chunks.next();
      ended = next.done === true;
      for (const step of next.done === true ? reader.end() : reader.push(next.value)) {
        if (firstByteMicros === undefined && step.kind !== "failed") {
          firstByteMicros = microsSince(startMs, clock);
          yield started(prepared, firstByteMicros);
        }
        switch (step.kind) {
          case "piece":
            yield step.response;
            break;
          case "failed":
            yield fail(step.failure);
            return;
          case "finished": {
            const facts = createFacts({
              ...step.facts,
              httpStatus: answer.status,
              providerRequestId: providerRequestId(answer.headers),
              totalMicros: microsSince(startMs, clock),
              firstByteMicros: firstByteMicros ?? 0n,
            });
            endWithFacts(span, facts);
            yield { $typeName: "sluice.provider.v1.StreamResponse", event: { case: "finished", value: facts } };
            return;
          }
        }
      }
    }
    yield fail(createFailure(ErrorReason.INTERNAL, "the stream was read to no end"));
  } catch (error) {
    if (!(error instanceof UpstreamBroken)) throw error;
    yield fail(classifyBreak(provider.name, error.breakage, firstByteMicros !== undefined));
  } finally {
    await chunks?.return?.();
    if (span.recording) span.end();
  }
}

function started(prepared: Prepared, firstByteMicros: bigint): StreamResponse {
  const value: StreamStarted = {
    $typeName: "sluice.provider.v1.StreamStarted",
    parameterChanges: [...prepared.changes],
    responseModel: "",
    firstByteMicros,
  };
  return { $typeName: "sluice.provider.v1.StreamResponse", event: { case: "started", value } };
}
