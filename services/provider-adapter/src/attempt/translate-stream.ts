import { create } from "@bufbuild/protobuf";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import { StreamResponseSchema } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { createCustomCallRestorer, type Dialect, type StreamEncoder } from "@sluice/dialects";
import type { Clock } from "@sluice/runtime";
import { createFailure } from "../classify-failure.ts";
import { createEventReader } from "../stream/event-reader.ts";
import type { HttpAttempt } from "./attempt-context.ts";
import { malformed } from "./outcome.ts";
import { charactersOfEvent } from "./output-characters.ts";
import { chunk, type StreamReader, type StreamStep } from "./stream-step.ts";
import type { Prepared } from "./translate.ts";

/** Brings a stream from the provider's dialect into the client's, event by event, through the hub. */
export function createTranslateReader(dialect: Dialect, prepared: Prepared, context: HttpAttempt): StreamReader {
  const reader = createEventReader(dialect.framing);
  const decoder = dialect.createStreamDecoder({ model: context.upstreamModel });
  const custom = createCustomCallRestorer(prepared.customTools);
  const restore = (events: readonly StreamEvent[]) => events.flatMap((event) => custom.push(event));
  const teller = createTeller(prepared, {
    providerName: context.provider.name,
    attemptId: context.attempt.attemptId,
    clock: context.clock,
  });

  return {
    push(bytes) {
      const events: StreamEvent[] = [];
      for (const item of reader.push(bytes)) {
        if (item.kind === "error") {
          return [...teller.tell(events), { kind: "failed", failure: malformed(context, item.error.message, {}) }];
        }
        events.push(...restore(decoder.push(item)));
      }
      return [...teller.tell(events)];
    },
    end() {
      const last = reader.end();
      const late = last === undefined ? [] : decoder.push(last);
      return [...teller.tell(restore([...late, ...decoder.end()]))];
    },
  };
}

/** Gives the hub's events in the words of the client, and says how the stream ended when it has. */
export function createTeller(
  prepared: Pick<Prepared, "client" | "clientJson" | "changes">,
  context: { readonly providerName: string; readonly attemptId: string; readonly clock: Clock },
) {
  const encoder = prepared.client?.createStreamEncoder({
    includeUsage: prepared.clientJson !== undefined && prepared.client.asksForStreamUsage(prepared.clientJson),
    fallbackId: context.attemptId,
    fallbackCreatedSeconds: Math.floor(context.clock.now() / 1000),
    requestBody: prepared.clientJson,
  });
  let characters = 0;
  let responseId = "";
  let responseModel = "";
  let usage: TokenUsage | undefined;

  function* tell(events: readonly StreamEvent[]): Generator<StreamStep> {
    let text = "";
    let told = 0;
    for (const event of events) {
      const kind = event.event;
      if (kind.case === "responseStart") {
        responseId = kind.value.id;
        responseModel = kind.value.model;
        usage = kind.value.usage ?? usage;
      }
      if (kind.case === "error") {
        if (text !== "") yield piece(text, told);
        const failure = createFailure(kind.value.reason, `${context.providerName}: ${kind.value.message}`, {
          providerCode: kind.value.providerCode,
        });
        const known = kind.value.usage ?? usage;
        if (known !== undefined) failure.usage = known;
        failure.outputCharacters = BigInt(characters);
        yield { kind: "failed", failure };
        return;
      }
      const added = charactersOfEvent(event);
      characters += added;
      told += added;
      if (encoder === undefined) {
        yield { kind: "piece", response: create(StreamResponseSchema, { event: { case: "hubEvent", value: event } }) };
      } else if (kind.case !== "finish") {
        text += encoder.push(event);
      }
      if (kind.case === "finish") {
        if (text !== "") yield piece(text, told);
        if (encoder !== undefined) {
          yield {
            kind: "piece",
            response: chunk(Buffer.from(encoder.push(event)), { outputCharacters: 0, endsAnswer: true }),
          };
        }
        const finalUsage = kind.value.usage ?? usage;
        const finish = kind.value.candidates[0]?.finish;
        yield {
          kind: "finished",
          facts: {
            usage: finalUsage,
            finish,
            responseId,
            responseModel,
            outputCharacters: BigInt(characters),
            parameterChanges: [...prepared.changes, ...changesOf(encoder)],
          },
        };
        return;
      }
    }
    if (text !== "") yield piece(text, told);
  }

  function piece(text: string, outputCharacters: number): StreamStep {
    const more = { outputCharacters, endsAnswer: false, ...(usage === undefined ? {} : { usage }) };
    return { kind: "piece", response: chunk(Buffer.from(text), more) };
  }

  return { tell };
}

function changesOf(encoder: StreamEncoder | undefined) {
  return encoder === undefined ? [] : encoder.changes();
}
