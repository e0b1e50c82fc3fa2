import { mapSsePayload, type StreamGrammar } from "../wire-event.ts";

/** Streams of POST /v2/chat. Their last event is finish, usage and end in one, and errors come in it too. */
export const cohereGrammar: StreamGrammar = {
  failure: { status: 500, type: "cohere_error", message: "internal server error" },
  partsOf: (event) => (/^event: ?message-end/m.test(event.toString()) ? ["finish", "end"] : []),
  mapPayload: mapSsePayload,
  errorEvent: (error) =>
    `event: message-end\ndata: ${JSON.stringify({ type: "message-end", delta: { finish_reason: "ERROR", error: error.message } })}\n\n`,
  textEvent: (text) =>
    `event: content-delta\ndata: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"${text}"}}}}\n\n`,
};
