import { describe, expect, it } from "vitest";
import { decodeFrame, encodeFrame, eventFrame } from "./event-frame.ts";

describe("encodeFrame", () => {
  it("writes the empty message of the published test vectors", () => {
    const frame = encodeFrame({ headers: {}, payload: Buffer.alloc(0) });
    expect(frame.toString("hex")).toBe("000000100000000005c248eb7d98c8ff");
  });

  it("lays out lengths, a header and the payload", () => {
    const frame = encodeFrame({ headers: { ab: "é" }, payload: Buffer.from("xyz") });
    // 12 bytes of prelude, then: length of the name, name, type 7, length of the value, value; payload; CRC.
    expect(frame.subarray(0, 8).toString("hex")).toBe("0000001b00000008");
    expect(frame.subarray(12, 23).toString("hex")).toBe("02616207" + "0002c3a9" + "78797a");
    expect(frame).toHaveLength(27);
  });

  it("is read back by decodeFrame", () => {
    const frame = decodeFrame(eventFrame("messageStop", { stopReason: "end_turn" }));
    expect(frame.headers).toEqual({
      ":event-type": "messageStop",
      ":content-type": "application/json",
      ":message-type": "event",
    });
    expect(JSON.parse(frame.payload.toString())).toEqual({ stopReason: "end_turn" });
  });
});
