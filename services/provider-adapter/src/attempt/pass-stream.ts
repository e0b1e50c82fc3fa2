import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import type { Dialect, StreamTap } from "@sluice/dialects";
import { classifyErrorEvent, createFailure } from "../classify-failure.ts";
import { createEventCutter, type EventCutter } from "../stream/event-cutter.ts";
import { createFrameCutter } from "../stream/frame-cutter.ts";
import { isWholeEvent } from "../stream/unended-event.ts";
import type { HttpAttempt } from "./attempt-context.ts";
import { malformed } from "./outcome.ts";
import { chunk, type StreamReader, type StreamStep } from "./stream-step.ts";
import type { Prepared } from "./translate.ts";

/** The largest single event taken from a provider. */
const maxEventBytes = 16 * 1024 * 1024;

/**
 * Passes a stream through, every byte as it came, chunk by chunk, while a tap reads what Sluice must know. An event leaves whole or not at
 * all. The only event that is kept back is the usage that Sluice asked for and the client did not.
 */
export function createPassReader(dialect: Dialect, prepared: Prepared, context: HttpAttempt): StreamReader {
  const tap = dialect.createStreamTap({ hideUsageEvent: !prepared.asksForStreamUsage });
  const cutter = dialect.framing === "sse" ? createEventCutter(maxEventBytes) : createFrameCutter(maxEventBytes);
  let characters = 0;

  function read(bytes: Buffer): StreamStep[] {
    const passed = passEvents(cutter, bytes, tap);
    if (passed.kind === "malformed") return [{ kind: "failed", failure: malformed(context, passed.message, {}) }];
    if (cutter.fault !== undefined) return [{ kind: "failed", failure: malformed(context, cutter.fault, {}) }];
    characters += passed.characters;
    const steps: StreamStep[] = [];
    if (passed.before.length > 0) {
      const { usage } = passed;
      const response = chunk(passed.before, { outputCharacters: passed.characters, usage, endsAnswer: false });
      steps.push({ kind: "piece", response });
    }
    if (passed.ending.length > 0) steps.push(ending(passed.ending));
    if (tap.ended) steps.push(endOfTap(tap, characters, prepared, context));
    return steps;
  }

  return {
    push(bytes) {
      // Most chunks are one event that adds to the text.
      const added = cutter.restLength === 0 ? tap.skim(bytes) : -1;
      if (added < 0) return read(bytes);
      characters += added;
      return [{ kind: "piece", response: chunk(bytes, { outputCharacters: added, endsAnswer: false }) }];
    },
    end() {
      const { rest } = cutter;
      const last = rest.length === 0 ? undefined : cutter.decode(rest);
      const steps: StreamStep[] = [];
      if (typeof last === "object" && !tap.ended && isWholeEvent(last)) {
        tap.push(last);
        if (tap.ended && tap.end().kind === "finished") steps.push(ending(rest));
      }
      steps.push(endOfTap(tap, characters, prepared, context));
      return steps;
    },
  };
}

function ending(bytes: Buffer): StreamStep {
  return { kind: "piece", response: chunk(bytes, { outputCharacters: 0, endsAnswer: true }) };
}

type Passed =
  | {
      readonly kind: "passed";
      /** What goes to the client now. */
      readonly before: Buffer;
      /** What goes to the client once the usage is in the journal. */
      readonly ending: Buffer;
      readonly characters: number;
      readonly usage: TokenUsage | undefined;
    }
  | { readonly kind: "malformed"; readonly message: string };

const nothing = Buffer.alloc(0);

function passEvents(cutter: EventCutter, bytes: Buffer, tap: StreamTap): Passed {
  const before: Buffer[] = [];
  const ending: Buffer[] = [];
  let characters = 0;
  let usage: TokenUsage | undefined;
  for (const { block, raw } of cutter.push(bytes)) {
    const skimmed = tap.skim(raw);
    if (skimmed >= 0) {
      characters += skimmed;
      before.push(raw);
      continue;
    }
    const item = cutter.decode(block);
    if (typeof item === "string") return { kind: "malformed", message: item };
    if (item === undefined || tap.ended) {
      (tap.ended ? ending : before).push(raw);
      continue;
    }
    const tapped = tap.push(item, raw);
    characters += tapped.outputCharacters;
    usage = tapped.usage ?? usage;
    // An error of the provider's is not passed on: the router tells the caller of it in Sluice's own words.
    if (tap.ended && tap.end().kind !== "finished") break;
    if (tapped.forward) (tap.ended ? ending : before).push(raw);
  }
  return { kind: "passed", before: join(before), ending: join(ending), characters, usage };
}

function join(pieces: readonly Buffer[]): Buffer {
  if (pieces.length <= 1) return pieces[0] ?? nothing;
  return Buffer.concat(pieces);
}

function endOfTap(tap: StreamTap, characters: number, prepared: Prepared, context: HttpAttempt): StreamStep {
  const end = tap.end();
  const known = end.facts;
  if (end.kind === "finished") {
    return {
      kind: "finished",
      facts: {
        usage: known.usage,
        finish: known.finish,
        responseId: known.responseId,
        responseModel: known.responseModel,
        parameterChanges: [...prepared.changes],
        outputCharacters: BigInt(characters),
      },
    };
  }
  const failure =
    end.kind === "error"
      ? classifyErrorEvent(context.provider.name, end.error)
      : end.kind === "malformed"
        ? malformed(context, end.message, {})
        : createFailure(
            ErrorReason.UPSTREAM_TRUNCATED,
            `${context.provider.name} ended its answer before the answer's end`,
          );
  if (known.usage !== undefined) failure.usage = known.usage;
  failure.outputCharacters = BigInt(characters);
  return { kind: "failed", failure };
}
