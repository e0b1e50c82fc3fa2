import { errorBody } from "../api-error.ts";
import { mapSsePayload, type StreamGrammar } from "../wire-event.ts";

/** Streams of :streamGenerateContent?alt=sse. The last chunk is finish and end in one; every chunk tells usage. */
export const geminiGrammar: StreamGrammar = {
  failure: {
    status: 503,
    type: "UNAVAILABLE",
    message: "The model is overloaded. Please try again later.",
  },
  partsOf: (event) => (/"finishReason" ?: ?"/.test(event.toString()) ? ["finish", "end"] : []),
  mapPayload: mapSsePayload,
  errorEvent: (error, requestId) => `data: ${JSON.stringify(errorBody("gemini.generate", error, requestId))}\r\n\r\n`,
  textEvent: (text) =>
    `data: {"candidates":[{"content":{"parts":[{"text":"${text}"}],"role":"model"},"index":0}],"modelVersion":"oversize"}\r\n\r\n`,
};
