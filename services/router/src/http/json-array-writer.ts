import { createSseDecoder } from "@sluice/sse";

/** Tells a stream of server-sent events as one JSON array, an element for each event's data. Given whole events. */
export function createJsonArrayWriter() {
  const sse = createSseDecoder();
  let begun = false;

  return {
    elements(events: Uint8Array): Buffer {
      let text = "";
      for (const item of sse.push(Buffer.from(events.buffer, events.byteOffset, events.byteLength))) {
        if (item.kind === "error") continue;
        text += `${begun ? ",\r\n" : "["}${item.data}`;
        begun = true;
      }
      return Buffer.from(text);
    },
    end(): Buffer {
      return Buffer.from(begun ? "]" : "[]");
    },
  };
}
