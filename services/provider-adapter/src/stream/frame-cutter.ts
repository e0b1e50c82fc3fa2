import { createFrameScanner, decodeFrame } from "@sluice/event-stream";
import type { EventCutter } from "./event-cutter.ts";

const nothing: Buffer = Buffer.alloc(0);

/** Cuts a stream of `application/vnd.amazon.eventstream` into its frames, which are passed on untouched. A frame has no rest worth reading. */
export function createFrameCutter(maxFrameBytes: number): EventCutter {
  const scanner = createFrameScanner(maxFrameBytes);
  let fault: string | undefined;
  return {
    restLength: 0,
    rest: nothing,
    get fault() {
      return fault;
    },
    push(chunk) {
      if (fault !== undefined) return [];
      const scanned = scanner.push(chunk);
      fault = scanned.fault?.message;
      return scanned.frames.map((frame) => ({ block: frame, raw: frame }));
    },
    decode(frame) {
      const event = decodeFrame(frame);
      return event instanceof Error ? event.message : event;
    },
  };
}
