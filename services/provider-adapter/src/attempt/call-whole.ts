import type { AttemptFailure } from "@sluice/api/sluice/provider/v1/attempt";
import type { Authorization } from "../credentials/credential-source.ts";
import type { UpstreamWhole } from "../upstream/upstream-http.ts";
import type { HttpAttempt } from "./attempt-context.ts";
import { upstreamCall } from "./call-upstream.ts";
import { repairRequest } from "./repair-request.ts";
import type { Prepared } from "./translate.ts";

/** The answer to the last call that was made, and what was sent in it. */
export type WholeCall =
  | {
      readonly kind: "called";
      readonly prepared: Prepared;
      readonly authorization: Authorization;
      readonly answer: UpstreamWhole;
    }
  | { readonly kind: "failed"; readonly prepared: Prepared; readonly failure: AttemptFailure };

/** Calls the provider; where it refuses a parameter that may be changed, calls once more with it changed, within the same time limits. */
export async function callWhole(context: HttpAttempt, prepared: Prepared, startMs: number): Promise<WholeCall> {
  const first = await callOnce(context, prepared, 0);
  if (first.kind === "failed" || first.answer.kind === "broken") return first;
  const repair = repairRequest(prepared, first.answer, context);
  if (repair === undefined) return first;
  const second = await callOnce(context, repair.prepared, context.clock.monotonicMs() - startMs);
  if (second.kind === "called" && second.answer.kind === "answered") repair.judge(second.answer);
  return second;
}

async function callOnce(context: HttpAttempt, prepared: Prepared, spentMs: number): Promise<WholeCall> {
  const asked = upstreamCall(context, prepared, false, spentMs);
  const made = asked instanceof Promise ? await asked : asked;
  if (made.kind === "failed") return { kind: "failed", prepared, failure: made.failure };
  const answer = await context.http.whole(made.call);
  return { kind: "called", prepared, authorization: made.authorization, answer };
}
