import { errorBody } from "./api-error.ts";
import { mapSsePayload, type StreamGrammar } from "./wire-event.ts";

/** Streams of POST /v1/messages. */
export const anthropicGrammar: StreamGrammar = {
  failure: { status: 529, type: "overloaded_error", message: "Overloaded" },
  partsOf(event) {
    const text = event.toString();
    if (/^event: ?message_stop/m.test(text)) {
      return ["end"];
    }
    return /^event: ?message_delta/m.test(text) ? ["finish"] : [];
  },
  mapPayload: mapSsePayload,
  errorEvent: (error, requestId) =>
    `event: error\ndata: ${JSON.stringify(errorBody("anthropic.messages", error, requestId))}\n\n`,
  textEvent: (text) =>
    `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${text}"}}\n\n`,
};
