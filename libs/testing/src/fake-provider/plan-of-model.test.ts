import { describe, expect, it } from "vitest";
import { planOfModel } from "./plan-of-model.ts";

describe("planOfModel", () => {
  it("reads every word", () => {
    expect(planOfModel("fake-lorem-200-delay-50-first-10-pace-5-cut-bytes-after-3-fault-reset-mid-stream")).toEqual({
      reply: { tokens: 200 },
      pace: { headersDelayMs: 50, firstEventDelayMs: 10, eventDelayMs: 5, cuts: { kind: "bytes" } },
      fault: { name: "reset-mid-stream", afterEvents: 3 },
    });
    expect(planOfModel("fake-echo")).toEqual({ reply: {}, pace: {} });
    expect(planOfModel("fake-rate-100")?.pace).toEqual({ tokensPerSecond: 100 });
  });

  it("reads replays in both spellings", () => {
    expect(planOfModel("replay:oai-chat-basic")).toEqual({ replay: "oai-chat-basic" });
    expect(planOfModel("replay-oai-chat-basic")).toEqual({ replay: "oai-chat-basic" });
  });

  it.each(["gpt-4o", "faker", "fake-dance", "fake-lorem", "fake-lorem-x", "fake-fault-none", "fake-cut-thin"])(
    "knows nothing of %s",
    (name) => {
      expect(planOfModel(name)).toBeUndefined();
    },
  );
});
