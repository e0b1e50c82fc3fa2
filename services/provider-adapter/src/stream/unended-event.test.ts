import { expect, test } from "vitest";
import { isWholeEvent } from "./unended-event.ts";

const event = (data: string) => ({ kind: "event", event: undefined, data, id: undefined, retryMs: undefined }) as const;

test("an event without its blank line is whole if its data is", () => {
  expect(isWholeEvent(event("[DONE]"))).toBe(true);
  expect(isWholeEvent(event('{"type":"message_stop"}'))).toBe(true);
  expect(isWholeEvent(event("[DON"))).toBe(false);
  expect(isWholeEvent(event('{"choices":[{"delta":{"content":"hal'))).toBe(false);
});
