import type { AttemptFailure } from "@sluice/api/sluice/provider/v1/attempt";
import { dialects } from "@sluice/dialects";
import { classifyBreak, classifyErrorEvent } from "../classify-failure.ts";
import type { Authorization } from "../credentials/credential-source.ts";
import { UpstreamBroken, type UpstreamStream } from "../upstream/upstream-http.ts";
import type { HttpAttempt } from "./attempt-context.ts";
import { failureOfAnswer, streamTypes, upstreamCall } from "./call-upstream.ts";
import { malformed } from "./outcome.ts";
import { repairRequest } from "./repair-request.ts";
import type { Prepared } from "./translate.ts";

type Answered = Extract<UpstreamStream, { kind: "answered" }>;

/** A stream that flows, and what was sent for it; or why there is none. */
export type StreamCall =
  | { readonly kind: "flowing"; readonly prepared: Prepared; readonly answer: Answered }
  | { readonly kind: "failed"; readonly prepared: Prepared; readonly failure: AttemptFailure };

/**
 * Calls the provider for a stream; where it refuses a parameter that may be changed, calls once more with it changed, within the same time
 * limits. Nothing has been passed on by then: a refusal comes in place of a stream.
 */
export async function callStream(context: HttpAttempt, prepared: Prepared, startMs: number): Promise<StreamCall> {
  const first = await callOnce(context, prepared, 0);
  if (first.kind !== "refused") return first;
  const repair = repairRequest(prepared, first, context);
  if (repair === undefined) return failedBy(first, context);
  const second = await callOnce(context, repair.prepared, context.clock.monotonicMs() - startMs);
  if (second.kind !== "failed") repair.judge(second.kind === "refused" ? second : { status: 200, body: nothing });
  return second.kind === "refused" ? failedBy(second, context) : second;
}

const nothing = Buffer.alloc(0);

/** An answer that is no stream. */
type Refused = {
  readonly kind: "refused";
  readonly prepared: Prepared;
  readonly authorization: Authorization;
  readonly status: number;
  readonly headers: Answered["headers"];
  readonly body: Buffer;
};

async function callOnce(context: HttpAttempt, prepared: Prepared, spentMs: number): Promise<StreamCall | Refused> {
  const asked = upstreamCall(context, prepared, true, spentMs);
  const made = asked instanceof Promise ? await asked : asked;
  if (made.kind === "failed") return { kind: "failed", prepared, failure: made.failure };
  const answer = await context.http.stream(made.call);
  if (answer.kind === "broken") {
    return { kind: "failed", prepared, failure: classifyBreak(context.provider.name, answer, false) };
  }
  if (answer.status === 200 && isStream(answer, context)) return { kind: "flowing", prepared, answer };
  const read = await readBody(answer);
  if (read.kind === "broken") {
    return { kind: "failed", prepared, failure: classifyBreak(context.provider.name, read.breakage, false) };
  }
  const { status, headers } = answer;
  return { kind: "refused", prepared, authorization: made.authorization, status, headers, body: read.body };
}

function isStream({ headers }: Answered, { endpoint }: HttpAttempt): boolean {
  const contentType = String(headers["content-type"] ?? "").toLowerCase();
  return contentType.startsWith(streamTypes[dialects[endpoint.dialect].framing]);
}

/** The most of an error's body that is read. */
const maxErrorBytes = 64 * 1024;

async function readBody(
  answer: Answered,
): Promise<
  | { readonly kind: "read"; readonly body: Buffer }
  | { readonly kind: "broken"; readonly breakage: UpstreamBroken["breakage"] }
> {
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
    const { breakage } = error;
    // An error that is cut says more than that it was cut.
    if (breakage.why === "aborted" || breakage.why === "malformed") return { kind: "broken", breakage };
  }
  return { kind: "read", body: Buffer.concat(chunks) };
}

function failedBy(refused: Refused, context: HttpAttempt): StreamCall {
  const { prepared, status, headers, body } = refused;
  if (status !== 200) {
    return { kind: "failed", prepared, failure: failureOfAnswer(context, refused.authorization, refused) };
  }
  const error = dialects[context.endpoint.dialect].decodeError(body);
  if (error.type !== "" || error.code !== "") {
    return { kind: "failed", prepared, failure: classifyErrorEvent(context.provider.name, error) };
  }
  const contentType = String(headers["content-type"] ?? "").slice(0, 64) || "of no type";
  const message = `a stream was asked for and its answer is ${contentType}`;
  return { kind: "failed", prepared, failure: malformed(context, message, headers) };
}
