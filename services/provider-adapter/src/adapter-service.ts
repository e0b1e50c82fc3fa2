import { create } from "@bufbuild/protobuf";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import type { Attempt, AttemptFailure } from "@sluice/api/sluice/provider/v1/attempt";
import {
  DescribeResponseSchema,
  type ForwardResponse,
  type ProviderAdapterService,
  type StreamResponse,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { Code, type HandlerContext, rpcError, type ServiceImpl, traceOf } from "@sluice/rpc";
import type { Clock } from "@sluice/runtime";
import type { HttpAttempt } from "./attempt/attempt-context.ts";
import { completeOverHttp } from "./attempt/complete.ts";
import { countInputTokens, failedToCount } from "./attempt/count-tokens.ts";
import { embedOverHttp, failedToEmbed } from "./attempt/embed.ts";
import { forwardOverHttp } from "./attempt/forward.ts";
import type { HttpCall } from "./attempt/http-call.ts";
import { failed } from "./attempt/outcome.ts";
import { streamOverHttp } from "./attempt/stream.ts";
import { failedStream } from "./attempt/stream-step.ts";
import type { AttemptPayload } from "./attempt/translate.ts";
import { endWithFacts, endWithFailure, startUpstreamSpan } from "./attempt/upstream-span.ts";
import { createFailure } from "./classify-failure.ts";
import { chooseEndpoint } from "./kinds/choose-endpoint.ts";
import type { ParameterKnowledge } from "./parameters/parameter-knowledge.ts";
import type { HttpProvider, Provider } from "./provider.ts";
import type { ProviderRegistry } from "./provider-registry.ts";
import { type CaptureOptions, captureHttp } from "./raw/capture-http.ts";
import type { Simulator } from "./simulator/simulated-attempt.ts";
import type { UpstreamHttp } from "./upstream/upstream-http.ts";

/** Serves attempts: finds the provider, calls it, and returns what came of it as a value. */
export function createAdapterService(options: {
  readonly registry: ProviderRegistry;
  readonly http: UpstreamHttp;
  readonly parameters: ParameterKnowledge;
  /** Where exchanges are kept that an attempt asks to be kept. */
  readonly capture: CaptureOptions;
  readonly simulator: Simulator;
  readonly clock: Clock;
}): ServiceImpl<typeof ProviderAdapterService> {
  const { registry, http, parameters, capture, simulator, clock } = options;

  function providerOf(attempt: Attempt): Provider | undefined {
    return registry.providers.get(attempt.model.slice(0, Math.max(0, attempt.model.indexOf("/"))));
  }

  function httpOf(attempt: Attempt): UpstreamHttp {
    return attempt.captureRaw ? captureHttp(http, attempt, capture) : http;
  }

  function httpAttempt(
    attempt: Attempt,
    provider: HttpProvider,
    payload: AttemptPayload,
    context: HandlerContext,
    stream: boolean,
  ): HttpAttempt | undefined {
    const upstreamModel = attempt.model.slice(provider.name.length + 1);
    const dialect = payload.case === "body" ? payload.value.dialect : "";
    const endpoint = chooseEndpoint(provider.endpoints, dialect, upstreamModel);
    if (endpoint === undefined) return undefined;
    return {
      attempt,
      provider,
      endpoint,
      upstreamModel,
      model: registry.model(attempt.model),
      http: httpOf(attempt),
      parameters,
      clock,
      span: startUpstreamSpan(traceOf(context), {
        provider: provider.kindName,
        model: upstreamModel,
        attemptId: attempt.attemptId,
        stream,
      }),
      signal: context.signal,
    };
  }

  function httpCall(attempt: Attempt, provider: HttpProvider, context: HandlerContext, operation: string): HttpCall {
    const upstreamModel = attempt.model.slice(provider.name.length + 1);
    return {
      attempt,
      provider,
      upstreamModel,
      http: httpOf(attempt),
      clock,
      span: startUpstreamSpan(traceOf(context), {
        provider: provider.kindName,
        model: upstreamModel,
        attemptId: attempt.attemptId,
        stream: false,
        operation,
      }),
      signal: context.signal,
    };
  }

  return {
    describe({ etag }) {
      const description = registry.description;
      return etag === description.etag ? create(DescribeResponseSchema, { etag }) : description;
    },

    async complete(request, context) {
      const attempt = attemptOf(request.attempt);
      const provider = providerOf(attempt);
      if (provider === undefined) return failed(unknownProvider(attempt));
      if (provider.via === "simulator") return simulator.complete(request, attempt, context.signal);
      const made = httpAttempt(attempt, provider, request.payload, context, false);
      if (made === undefined) return failed(noConversations(attempt));
      const response = await completeOverHttp(request, made);
      if (response.outcome.case === "failure") endWithFailure(made.span, response.outcome.value);
      else if (response.outcome.value?.facts !== undefined) endWithFacts(made.span, response.outcome.value.facts);
      return response;
    },

    stream(request, context) {
      const attempt = attemptOf(request.attempt);
      const provider = providerOf(attempt);
      if (provider === undefined) return failedAtOnce(unknownProvider(attempt));
      if (provider.via === "simulator") return simulator.stream(request, attempt, context.signal);
      const made = httpAttempt(attempt, provider, request.payload, context, true);
      return made === undefined ? failedAtOnce(noConversations(attempt)) : streamOverHttp(request, made);
    },

    async embed(request, context) {
      const attempt = attemptOf(request.attempt);
      const provider = providerOf(attempt);
      if (provider === undefined) return failedToEmbed(unknownProvider(attempt));
      if (provider.via === "simulator") return failedToEmbed(embedsNothing(attempt));
      const made = httpCall(attempt, provider, context, "embeddings");
      const response = await embedOverHttp(request, made);
      if (response.outcome.case === "failure") endWithFailure(made.span, response.outcome.value);
      else if (response.outcome.value?.facts !== undefined) endWithFacts(made.span, response.outcome.value.facts);
      return response;
    },

    async countTokens(request, context) {
      const attempt = attemptOf(request.attempt);
      const provider = providerOf(attempt);
      if (provider === undefined) return failedToCount(unknownProvider(attempt));
      if (provider.via === "simulator") return countInputTokens(request, attempt.model, undefined);
      const made = httpCall(attempt, provider, context, "count_tokens");
      const response = await countInputTokens(request, attempt.model, made);
      if (response.outcome.case === "failure") endWithFailure(made.span, response.outcome.value);
      else made.span.end();
      return response;
    },

    forward(request, context) {
      const attempt = attemptOf(request.attempt);
      const provider = providerOf(attempt);
      if (provider === undefined) return forwardFailed(unknownProvider(attempt));
      if (provider.via === "simulator") return forwardFailed(forwardsNothing(attempt));
      const operation = request.path.slice(1).split("/").slice(0, 2).join(".");
      return forwardOverHttp(request, httpCall(attempt, provider, context, operation));
    },
  };
}

async function* forwardFailed(failure: AttemptFailure): AsyncGenerator<ForwardResponse> {
  yield { $typeName: "sluice.provider.v1.ForwardResponse", event: { case: "failed", value: failure } };
}

function forwardsNothing(attempt: Attempt) {
  const message = `${attempt.model.slice(0, 128)} answers from within: it serves nothing untranslated`;
  return createFailure(ErrorReason.UNTRANSLATABLE, message);
}

function embedsNothing(attempt: Attempt) {
  const message = `${attempt.model.slice(0, 128)} answers from within: it makes no vectors`;
  return createFailure(ErrorReason.UPSTREAM_MODEL_NOT_FOUND, message);
}

async function* failedAtOnce(failure: AttemptFailure): AsyncGenerator<StreamResponse> {
  yield failedStream(failure);
}

function attemptOf(attempt: Attempt | undefined): Attempt {
  if (attempt !== undefined && attempt.model !== "" && attempt.attemptId !== "") return attempt;
  throw rpcError({
    code: Code.InvalidArgument,
    reason: ErrorReason.INVALID_REQUEST,
    fault: Fault.CALLER,
    message: "attempt: value is required, with its id and model",
  });
}

function noConversations(attempt: Attempt) {
  const message = `${attempt.model.slice(0, 128)} holds no conversations: its provider only embeds or ranks`;
  return createFailure(ErrorReason.UPSTREAM_MODEL_NOT_FOUND, message);
}

function unknownProvider(attempt: Attempt) {
  const message = `there is no provider for ${attempt.model.slice(0, 128)}: it is in neither the configuration nor the environment`;
  return createFailure(ErrorReason.UPSTREAM_MODEL_NOT_FOUND, message);
}
