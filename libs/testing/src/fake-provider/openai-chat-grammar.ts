import { type ApiError, errorBody } from "./api-error.ts";
import { mapSsePayload, type StreamGrammar } from "./wire-event.ts";

/** What OpenAI says when it fails in the middle of an answer. */
export const OPENAI_FAILURE: ApiError = {
  status: 500,
  type: "server_error",
  message: "The server had an error while processing your request. Sorry about that!",
};

/** Streams of POST /v1/chat/completions. */
export const chatGrammar: StreamGrammar = {
  failure: OPENAI_FAILURE,
  partsOf(event) {
    const text = event.toString();
    if (/^data: ?\[DONE\]/m.test(text)) {
      return ["end"];
    }
    if (/"finish_reason" ?: ?"/.test(text)) {
      return ["finish"];
    }
    return /"choices" ?: ?\[\]/.test(text) && /"usage" ?: ?\{/.test(text) ? ["usage"] : [];
  },
  mapPayload: mapSsePayload,
  errorEvent: (error, requestId) => `data: ${JSON.stringify(errorBody("openai.chat", error, requestId))}\n\n`,
  textEvent: (text) =>
    `data: {"id":"chatcmpl-oversize","object":"chat.completion.chunk","created":0,"model":"oversize","choices":[{"index":0,"delta":{"content":"${text}"},"finish_reason":null}]}\n\n`,
};
