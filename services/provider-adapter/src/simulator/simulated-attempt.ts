import { create } from "@bufbuild/protobuf";
import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { type Attempt, AttemptFactsSchema } from "@sluice/api/sluice/provider/v1/attempt";
import {
  AttemptSuccessSchema,
  type CompleteRequest,
  type CompleteResponse,
  CompleteResponseSchema,
  type StreamRequest,
  type StreamResponse,
  StreamResponseSchema,
  StreamStartedSchema,
} from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { collectResponse, type Dialect, type DialectName, dialects, type JsonObject } from "@sluice/dialects";
import type { Clock } from "@sluice/runtime";
import { failed } from "../attempt/outcome.ts";
import { charactersOf } from "../attempt/output-characters.ts";
import { failedStream } from "../attempt/stream-step.ts";
import { type AttemptPayload, parseObject } from "../attempt/translate.ts";
import { createTeller } from "../attempt/translate-stream.ts";
import { createFailure } from "../classify-failure.ts";
import { simulate } from "./simulate.ts";
import { type SimulatorBehaviour, simulatorBehaviours } from "./simulator-models.ts";

export type Simulator = {
  complete(request: CompleteRequest, attempt: Attempt, signal: AbortSignal): Promise<CompleteResponse>;
  stream(request: StreamRequest, attempt: Attempt, signal: AbortSignal): AsyncIterable<StreamResponse>;
};

type Opened =
  | {
      readonly kind: "opened";
      readonly events: AsyncIterable<StreamEvent>;
      readonly client: Dialect | undefined;
      readonly clientJson: JsonObject | undefined;
    }
  | { readonly kind: "failed"; readonly failure: ReturnType<typeof createFailure> };

/** The stand-in provider: labelled as such in the name of its models, and honest in that it goes through the same translation as any other. */
export function createSimulator(clock: Clock): Simulator {
  let flakyTurns = 0;

  function open(payload: AttemptPayload, attempt: Attempt, signal: AbortSignal): Opened {
    const behaviour = attempt.model.slice(attempt.model.indexOf("/") + 1);
    if (!Object.hasOwn(simulatorBehaviours, behaviour)) {
      return {
        kind: "failed",
        failure: createFailure(
          ErrorReason.UPSTREAM_MODEL_NOT_FOUND,
          `simulator: there is no model ${behaviour.slice(0, 64)}`,
        ),
      };
    }
    const read = readPayload(payload, behaviour);
    if (read.kind === "failed") return read;
    const failing = behaviour === "flaky" && flakyTurns++ % 2 === 0;
    const id = `sim-${attempt.attemptId}`;
    return {
      kind: "opened",
      client: read.client,
      clientJson: read.clientJson,
      events: simulate(behaviour as SimulatorBehaviour, read.chat, { id, failing, signal }),
    };
  }

  return {
    async complete(request, attempt, signal) {
      const startMs = clock.monotonicMs();
      const opened = open(request.payload, attempt, signal);
      if (opened.kind === "failed") return failed(opened.failure);
      const events = await Array.fromAsync(opened.events);
      const error = events.find((each) => each.event.case === "error")?.event;
      if (error?.case === "error") {
        return failed(createFailure(error.value.reason, `simulator: ${error.value.message}`, { httpStatus: 529 }));
      }
      const response = collectResponse(events);
      const totalMicros = BigInt(Math.round((clock.monotonicMs() - startMs) * 1000));
      const encoded = opened.client?.encodeResponse(response, {
        fallbackId: response.id,
        fallbackCreatedSeconds: Math.floor(clock.now() / 1000),
        requestBody: opened.clientJson,
      });
      const finish = response.candidates[0]?.finish;
      return create(CompleteResponseSchema, {
        outcome: {
          case: "success",
          value: create(AttemptSuccessSchema, {
            payload:
              encoded === undefined
                ? { case: "chat", value: response }
                : { case: "body", value: Buffer.from(JSON.stringify(encoded.body)) },
            facts: create(AttemptFactsSchema, {
              ...(response.usage === undefined ? {} : { usage: response.usage }),
              ...(finish === undefined ? {} : { finish }),
              responseId: response.id,
              responseModel: response.model,
              httpStatus: 200,
              firstByteMicros: totalMicros,
              totalMicros,
              outputCharacters: BigInt(charactersOf(response)),
            }),
          }),
        },
      });
    },

    async *stream(request, attempt, signal) {
      const opened = open(request.payload, attempt, signal);
      if (opened.kind === "failed") {
        yield failedStream(opened.failure);
        return;
      }
      const teller = createTeller(
        { client: opened.client, clientJson: opened.clientJson, changes: [] },
        { providerName: "simulator", attemptId: attempt.attemptId, clock },
      );
      // A turn that fails does so at once: what comes before the second event is held until it is known that there is an answer.
      let waiting: StreamEvent[] | undefined = [];
      for await (const event of opened.events) {
        const events: StreamEvent[] = [...(waiting ?? []), event];
        if (waiting !== undefined) {
          waiting = event.event.case === "responseStart" ? events : undefined;
          if (waiting !== undefined) continue;
          if (event.event.case !== "error") {
            const value = create(StreamStartedSchema, { responseModel: attempt.model });
            yield create(StreamResponseSchema, { event: { case: "started", value } });
          }
        }
        for (const step of teller.tell(event.event.case === "error" ? [event] : events)) {
          if (step.kind === "piece") yield step.response;
          else if (step.kind === "failed") yield failedStream(step.failure);
          else {
            const facts = create(AttemptFactsSchema, { ...(step.facts as object), httpStatus: 200 });
            yield create(StreamResponseSchema, { event: { case: "finished", value: facts } });
          }
        }
      }
    },
  };
}

function readPayload(
  payload: AttemptPayload,
  model: string,
):
  | { kind: "read"; chat: ChatRequest; client: Dialect | undefined; clientJson: JsonObject | undefined }
  | { kind: "failed"; failure: ReturnType<typeof createFailure> } {
  if (payload.case === "chat") return { kind: "read", chat: payload.value, client: undefined, clientJson: undefined };
  const name = payload.value?.dialect ?? "";
  if (payload.case === undefined || !Object.hasOwn(dialects, name)) {
    return {
      kind: "failed",
      failure: createFailure(ErrorReason.UNTRANSLATABLE, `simulator: dialect ${name} is not known`),
    };
  }
  const client = dialects[name as DialectName];
  const clientJson = parseObject(payload.value.body);
  const decoded = clientJson === undefined ? undefined : client.decodeRequest(clientJson, { model, stream: false });
  if (clientJson === undefined || decoded?.kind !== "valid") {
    const problem =
      decoded?.kind === "invalid" ? decoded.problem : { message: "the body is not a JSON object", parameter: "" };
    const more = { parameter: problem.parameter };
    return { kind: "failed", failure: createFailure(ErrorReason.INVALID_REQUEST, problem.message, more) };
  }
  return { kind: "read", chat: decoded.value, client, clientJson };
}
