import { create } from "@bufbuild/protobuf";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { AttemptFactsSchema, type AttemptFailure, ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import {
  type StreamRequest,
  type StreamResponse,
  StreamResponseSchema,
  StreamStartedSchema,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { dialects } from "@sluice/dialects";
import { classifyBreak, classifyErrorEvent, createFailure, providerRequestId } from "../classify-failure.ts";
import { UpstreamBroken, type UpstreamStream } from "../upstream/upstream-http.ts";
import { defaultMaxOutputTokens, type HttpAttempt, microsSince } from "./attempt-context.ts";
import { failureOfAnswer, upstreamCall } from "./call-upstream.ts";
import { malformed } from "./outcome.ts";
import { passStream } from "./pass-stream.ts";
import { failedStream } from "./stream-step.ts";
import { type Prepared, prepareRequest } from "./translate.ts";
import { translateStream } from "./translate-stream.ts";

/** Makes one attempt and gives the answer as it comes, in the words of the request. */
export async function* streamOverHttp(request: StreamRequest, context: HttpAttempt): AsyncGenerator<StreamResponse> {
  const { provider, clock } = context;
  const target = dialects[provider.dialect];
  const preparation = prepareRequest(request.payload, target, {
    model: context.upstreamModel,
    stream: true,
    defaultMaxOutputTokens: defaultMaxOutputTokens(context.model),
    mode: context.attempt.parameterMode || ParameterMode.ADAPT,
  });
  if (preparation.kind === "failed") {
    yield failedStream(preparation.failure);
    return;
  }
  const prepared = preparation.prepared;

  const startMs = clock.monotonicMs();
  const { call, apiKey } = upstreamCall(context, prepared, true);
  const answer = await context.http.stream(call);
  const fail = (failure: AttemptFailure): StreamResponse => {
    failure.totalMicros = microsSince(startMs, clock);
    if (failure.parameterChanges.length === 0) failure.parameterChanges = [...prepared.changes];
    return failedStream(failure);
  };

  if (answer.kind === "broken") {
    yield fail(classifyBreak(provider.name, answer, false));
    return;
  }
  const refused = await readRefusal(answer, context, apiKey);
  if (refused !== undefined) {
    yield fail(refused);
    return;
  }

  const steps = prepared.sameDialect
    ? passStream(answer.body, target, prepared, context)
    : translateStream(answer.body, target, prepared, context);
  let firstByteMicros: bigint | undefined;
  try {
    for await (const step of steps) {
      if (firstByteMicros === undefined && step.kind !== "failed") {
        firstByteMicros = microsSince(startMs, clock);
        yield started(prepared, firstByteMicros);
      }
      if (step.kind === "piece") yield step.response;
      else if (step.kind === "failed") {
        yield fail(step.failure);
        return;
      } else {
        const facts = create(AttemptFactsSchema, {
          ...(step.facts as object),
          httpStatus: answer.status,
          providerRequestId: providerRequestId(answer.headers),
          totalMicros: microsSince(startMs, clock),
          firstByteMicros: firstByteMicros ?? 0n,
        });
        yield create(StreamResponseSchema, { event: { case: "finished", value: facts } });
        return;
      }
    }
    yield fail(createFailure(ErrorReason.INTERNAL, "the stream was read to no end"));
  } catch (error) {
    if (!(error instanceof UpstreamBroken)) throw error;
    yield fail(classifyBreak(provider.name, error.breakage, firstByteMicros !== undefined));
  }
}

function started(prepared: Prepared, firstByteMicros: bigint): StreamResponse {
  return create(StreamResponseSchema, {
    event: {
      case: "started",
      value: create(StreamStartedSchema, { parameterChanges: [...prepared.changes], firstByteMicros }),
    },
  });
}

/** The most of an error's body that is read. */
const maxErrorBytes = 64 * 1024;

/** Why an answer is no stream, where it is none: an error's status, or a body of another kind. */
async function readRefusal(
  answer: Extract<UpstreamStream, { kind: "answered" }>,
  context: HttpAttempt,
  apiKey: string | undefined,
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
  if (answer.status !== 200) return failureOfAnswer(context, apiKey, { ...answer, body });
  const error = dialects[context.provider.dialect].decodeError(body);
  if (error.type !== "" || error.code !== "") return classifyErrorEvent(context.provider.name, error);
  return malformed(
    context,
    `a stream was asked for and its answer is ${contentType.slice(0, 64) || "of no type"}`,
    answer.headers,
  );
}
