import type { StreamGrammar } from "../wire-event.ts";
import { decodeFrame, encodeFrame, eventFrame, exceptionFrame } from "./event-frame.ts";

/** Streams of ConverseStream: binary frames. A frame whose payload is changed is framed anew, its CRCs right. */
export const bedrockGrammar: StreamGrammar = {
  failure: {
    status: 424,
    type: "ModelStreamErrorException",
    message: "The model has encountered an error in streaming the response.",
  },
  partsOf(event) {
    switch (decodeFrame(Buffer.from(event)).headers[":event-type"]) {
      case "messageStop":
        return ["finish"];
      case "metadata":
        return ["usage", "end"];
      default:
        return [];
    }
  },
  mapPayload(event, change) {
    const frame = decodeFrame(Buffer.from(event));
    return encodeFrame({ ...frame, payload: change(frame.payload) });
  },
  errorEvent: (error) => exceptionFrame(`${error.type.charAt(0).toLowerCase()}${error.type.slice(1)}`, error.message),
  textEvent: (text) => eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text } }),
};
