import { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import { dialects, spliceEdits } from "@sluice/dialects";
import { type Recognised, recogniseRefusal } from "../parameters/recognise-refusal.ts";
import type { HttpAttempt } from "./attempt-context.ts";
import { changesOf } from "./fit-body.ts";
import { type Prepared, parseObject } from "./translate.ts";

/** An answer that may be a refusal. */
export type AnswerBytes = { readonly status: number; readonly body: Uint8Array };

/** A request that was refused for a parameter, with that parameter changed. */
export type Repair = {
  readonly prepared: Prepared;
  /** What came of sending it: what the model was found not to take is remembered unless it is refused for the same again. */
  judge(answer: AnswerBytes): void;
};

/** The most of a refusal that is read. */
const maxRefusalBytes = 64 * 1024;

/**
 * A request that was refused because of a parameter, made fit. Undefined: it was not, or not clearly, or the parameter may not be changed, or
 * the caller wants nothing changed.
 */
export function repairRequest(prepared: Prepared, answer: AnswerBytes, context: HttpAttempt): Repair | undefined {
  const mode = context.attempt.parameterMode || ParameterMode.ADAPT;
  if (mode !== ParameterMode.ADAPT || !mayBeRefusal(answer)) return undefined;
  const recognised = recognise(prepared, answer, context);
  if (recognised === undefined) return undefined;
  const changes = changesOf(recognised.edits);
  const repaired: Prepared = {
    ...prepared,
    body: spliceEdits(prepared.body, recognised.edits),
    changes: [...prepared.changes, ...changes],
  };
  return {
    prepared: repaired,
    judge(second) {
      const held = second.status === 200 ? !saysError(second.body) : isOfAnother(repaired, second, recognised, context);
      context.parameters.repaired(context.attempt.model, changes, held);
      if (!held) return;
      const { model, attemptId } = context.attempt;
      for (const { rule, lasting } of recognised.lessons) {
        if (lasting) context.parameters.learn({ model, dialect: context.endpoint.dialect, rule, attemptId });
      }
    },
  };
}

/** A refusal of something else shows that the first is mended: checks stop at the first fault they find. */
function isOfAnother(repaired: Prepared, second: AnswerBytes, first: Recognised, context: HttpAttempt): boolean {
  if (!mayBeRefusal(second)) return false;
  const again = recognise(repaired, second, context);
  const names = new Set(first.lessons.map(({ rule }) => rule.path.join(".")));
  return again?.lessons.every(({ rule }) => !names.has(rule.path.join("."))) ?? false;
}

function recognise(prepared: Prepared, { body }: AnswerBytes, context: HttpAttempt): Recognised | undefined {
  const sent = parseObject(prepared.body);
  if (sent === undefined) return undefined;
  const bytes = body.subarray(0, maxRefusalBytes);
  return recogniseRefusal({
    error: dialects[context.endpoint.dialect].decodeError(bytes),
    body: Buffer.from(bytes).toString(),
    sent,
  });
}

function mayBeRefusal({ status, body }: AnswerBytes): boolean {
  return status === 400 || status === 422 || (status === 200 && saysError(body));
}

/** Whether an answer of status 200 is an error all the same: its first member says so. Looked at for every answer, so at no more than that. */
function saysError(body: Uint8Array): boolean {
  const head = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 64)).toString("latin1");
  return /^\s*\{\s*"error"\s*:\s*["{]/.test(head);
}
