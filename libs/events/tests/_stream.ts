import type { EventMessage, EventToPublish, StreamSpec } from "@sluice/events";

export const USAGE: StreamSpec = {
  name: "USAGE",
  subjects: ["usage.v1.>"],
  maxBytes: 64 * 1024 * 1024,
};

export function event(id: string, body = new Uint8Array([1, 2, 3])): EventToPublish {
  return { subject: "usage.v1.recorded", id, body };
}

export const idOf = ({ id }: EventMessage): string => id;

/** Resolves when `check` holds; rejects, saying so, after `timeoutMs`. */
export async function until(check: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!check()) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
