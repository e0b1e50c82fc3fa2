import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { AttemptFailure } from "@sluice/api/sluice/provider/v1/attempt";
import type { ForwardRequest, ForwardResponse } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { dialects } from "@sluice/dialects";
import { classifyBreak, createFailure, providerRequestId } from "../classify-failure.ts";
import { findForward } from "../kinds/resolve-forwards.ts";
import { UpstreamBroken, type UpstreamCall, type UpstreamStream } from "../upstream/upstream-http.ts";
import { microsSince } from "./attempt-context.ts";
import { type AuthorizedCall, authorizedCall, failureOfRefusal, timeoutsOf } from "./call-upstream.ts";
import { createForwardedUsage } from "./forwarded-usage.ts";
import type { HttpCall } from "./http-call.ts";
import { createFacts } from "./outcome.ts";
import { endWithFacts, endWithFailure } from "./upstream-span.ts";

/** The most of an error's body that is read. */
const maxErrorBytes = 64 * 1024;

/** Passes a request to an endpoint that is not translated, and gives the answer's bytes as they come. Ends the attempt's span. */
export async function* forwardOverHttp(request: ForwardRequest, context: HttpCall): AsyncGenerator<ForwardResponse> {
  const { provider, clock, span } = context;
  let startMs: number | undefined;
  let firstByteMicros: bigint | undefined;
  let chunks: AsyncIterator<Buffer> | undefined;

  const fail = (failure: AttemptFailure): ForwardResponse => {
    if (startMs !== undefined) failure.totalMicros = microsSince(startMs, clock);
    endWithFailure(span, failure);
    return forwardResponse({ case: "failed", value: failure });
  };

  try {
    const path = findForward(provider.forwards, request.path, context.upstreamModel);
    if (path === undefined) {
      const message = `${provider.name} does not serve ${request.path}`;
      yield fail(createFailure(ErrorReason.UNTRANSLATABLE, message));
      return;
    }
    const asked = await authorize(context, request, withQuery(path, request.query));
    if (asked.kind === "failed") {
      yield fail(asked.failure);
      return;
    }
    startMs = clock.monotonicMs();
    const answer = await context.http.stream(asked.call);
    if (answer.kind === "broken") {
      yield fail(classifyBreak(provider.name, answer, false));
      return;
    }
    if (answer.status < 200 || answer.status > 299) {
      const body = await readError(answer);
      const error = dialects["openai.chat"].decodeError(body);
      yield fail(failureOfRefusal(context, asked.authorization, answer, error));
      return;
    }

    const usage = createForwardedUsage(textOf(answer.headers["content-type"]));
    firstByteMicros = microsSince(startMs, clock);
    yield forwardResponse({
      case: "started",
      value: {
        $typeName: "sluice.provider.v1.ForwardStarted",
        httpStatus: answer.status,
        contentType: textOf(answer.headers["content-type"]).slice(0, 256),
        contentDisposition: textOf(answer.headers["content-disposition"]).slice(0, 1024),
      },
    });
    chunks = answer.body[Symbol.asyncIterator]();
    for (;;) {
      const next: IteratorResult<Buffer> = await chunks.next();
      if (next.done === true) break;
      usage.push(next.value);
      yield forwardResponse({ case: "chunk", value: next.value });
    }
    const facts = createFacts({
      usage: usage.read(),
      finish: undefined,
      responseId: "",
      responseModel: "",
      outputCharacters: 0n,
      httpStatus: answer.status,
      firstByteMicros,
      totalMicros: microsSince(startMs, clock),
      providerRequestId: providerRequestId(answer.headers),
    });
    endWithFacts(span, facts);
    yield forwardResponse({ case: "finished", value: facts });
  } catch (error) {
    if (!(error instanceof UpstreamBroken)) throw error;
    yield fail(classifyBreak(provider.name, error.breakage, firstByteMicros !== undefined));
  } finally {
    await chunks?.return?.();
    if (span.recording) span.end();
  }
}

function authorize(context: HttpCall, request: ForwardRequest, path: string): AuthorizedCall | Promise<AuthorizedCall> {
  const { provider } = context;
  const timeouts = timeoutsOf(provider, context.attempt);
  const hasBody = request.body.length > 0;
  const call: Omit<UpstreamCall, "headers"> = {
    origin: provider.origin,
    method: request.method as "GET" | "POST" | "DELETE",
    path,
    body: request.body,
    timeouts,
    firstByteMs: timeouts.firstTokenMs,
    signal: context.signal,
  };
  return authorizedCall(provider, call, [
    "accept",
    "*/*",
    "accept-encoding",
    "identity",
    "user-agent",
    "sluice",
    ...(hasBody ? ["content-type", request.contentType, "content-length", String(request.body.length)] : []),
  ]);
}

function withQuery(path: string, query: string): string {
  if (query === "") return path;
  return `${path}${path.includes("?") ? "&" : "?"}${query}`;
}

async function readError(answer: Extract<UpstreamStream, { kind: "answered" }>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const piece of answer.body) {
    chunks.push(piece);
    length += piece.length;
    if (length > maxErrorBytes) break;
  }
  return Buffer.concat(chunks);
}

function textOf(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? header[0] : header) ?? "";
}

function forwardResponse(event: ForwardResponse["event"]): ForwardResponse {
  return { $typeName: "sluice.provider.v1.ForwardResponse", event };
}
