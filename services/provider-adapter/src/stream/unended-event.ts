import type { SseEvent } from "@sluice/sse";

/**
 * Whether an event that the end of the body left without its blank line is whole all the same: some providers end their last event so. One that
 * was cut in the middle of its data is no event: the answer was broken off.
 */
export function isWholeEvent(event: SseEvent): boolean {
  if (event.data === "[DONE]") return true;
  try {
    JSON.parse(event.data);
    return true;
  } catch {
    return false;
  }
}
