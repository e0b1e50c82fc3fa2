import type { StreamSpec } from "./streams.ts";

/**
 * The stream of usage events, from routers to billing. A full stream refuses new events and drops none: publishers keep theirs and try again. Billing removes what it has booked.
 */
export const usageStream: StreamSpec = {
  name: "USAGE",
  subjects: ["usage.v1.>"],
  maxBytes: 4 * 1024 * 1024 * 1024,
};
