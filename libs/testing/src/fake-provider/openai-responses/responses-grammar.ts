import { isObject, type JsonObject } from "../json.ts";
import { OPENAI_FAILURE } from "../openai-chat-grammar.ts";
import { mapSsePayload, type StreamGrammar, type StreamSoFar } from "../wire-event.ts";

/** Streams of POST /v1/responses. Their last event is finish and end in one; there is no [DONE]. */
export const responsesGrammar: StreamGrammar = {
  failure: OPENAI_FAILURE,
  partsOf: (event) =>
    /^event: ?response\.(completed|incomplete|failed)\b/m.test(event.toString()) ? ["finish", "end"] : [],
  mapPayload: mapSsePayload,
  /** `error` where no response was created yet, else `response.failed` with what was created. */
  errorEvent(error, _requestId, soFar) {
    const response = createdResponse(soFar);
    const { message } = error;
    const code = error.code ?? error.type;
    return response === undefined
      ? frame("error", { code, message, param: error.param ?? null, sequence_number: soFar.sent })
      : frame("response.failed", {
          response: { ...response, status: "failed", error: { code, message } },
          sequence_number: soFar.sent,
        });
  },
  textEvent: (text, soFar) =>
    frame("response.output_text.delta", {
      item_id: "msg_oversize",
      output_index: 0,
      content_index: 0,
      delta: text,
      logprobs: [],
      sequence_number: soFar.sent,
    }),
};

function frame(type: string, fields: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function createdResponse(soFar: StreamSoFar): JsonObject | undefined {
  const json = /^data: ?(.*)$/m.exec(soFar.first?.toString() ?? "")?.[1];
  const event: unknown = json === undefined ? undefined : JSON.parse(json);
  return isObject(event) && isObject(event["response"]) ? event["response"] : undefined;
}
