import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { type AttemptFailure, ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import type {
  StreamRequest,
  StreamResponse,
  StreamStarted,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { dialects } from "@sluice/dialects";
import { classifyBreak, classifyErrorEvent, createFailure, providerRequestId } from "../classify-failure.ts";
import type { Authorization } from "../credentials/credential-source.ts";
import { UpstreamBroken, type UpstreamStream } from "../upstream/upstream-http.ts";
import { defaultMaxOutputTokens, type HttpAttempt, microsSince } from "./attempt-context.ts";
import { failureOfAnswer, upstreamCall } from "./call-upstream.ts";
import { createFacts, malformed } from "./outcome.ts";
import { createPassReader } from "./pass-stream.ts";
import { failedStream } from "./stream-step.ts";
import { type Prepared, prepareRequest } from "./translate.ts";
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
    const preparation = prepareRequest(request.payload, target, {
      model: context.upstreamModel,
      stream: true,
      defaultMaxOutputTokens: defaultMaxOutputTokens(context.model),
      historyReasoning: provider.kind.historyReasoning,
      mode: context.attempt.parameterMode || ParameterMode.ADAPT,
    });
    if (preparation.kind === "failed") {
      yield fail(preparation.failure);
      return;
    }
    prepared = preparation.prepared;

    startMs = clock.monotonicMs();
    const asked = upstreamCall(context, prepared, true);
    const made = asked instanceof Promise ? await asked : asked;
    if (made.kind === "failed") {
      yield fail(made.failure);
      return;
    }
    const answer = await context.http.stream(made.call);
    if (answer.kind === "broken") {
      yield fail(classifyBreak(provider.name, answer, false));
      return;
    }
    const refused = await readRefusal(answer, context, made.authorization);
    if (refused !== undefined) {
      yield fail(refused);
      return;
    }

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

/** The most of an error's body that is read. */
const maxErrorBytes = 64 * 1024;

/** Why an answer is no stream, where it is none: an error's status, or a body of another kind. */
async function readRefusal(
  answer: Extract<UpstreamStream, { kind: "answered" }>,
  context: HttpAttempt,
  authorization: Authorization,
): Promise<AttemptFailure | undefined> {
  const contentType = String(answer.headers["content-type"] ?? "");
  if (answer.status === 200 && /^text\/event-stream/i.test(contentType)) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of answer.body) {
      chunks.push(piece);
      length += piece.length;
      if (length > maxErrorBytes) break;
    }
  } catch (error) {
    if (!(error instanceof UpstreamBroken)) throw error;
    if (error.breakage.why === "aborted" || error.breakage.why === "malformed") {
      return classifyBreak(context.provider.name, error.breakage, false);
    }
  }
  const body = Buffer.concat(chunks);
  if (answer.status !== 200) return failureOfAnswer(context, authorization, { ...answer, body });
  const error = dialects[context.endpoint.dialect].decodeError(body);
  if (error.type !== "" || error.code !== "") return classifyErrorEvent(context.provider.name, error);
  return malformed(
    context,
    `a stream was asked for and its answer is ${contentType.slice(0, 64) || "of no type"}`,
    answer.headers,
  );
}
