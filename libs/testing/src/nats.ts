import type { NatsServer } from "@sluice/events";

/** A nats-server of one's own, empty: to fill, kill and restart. Its files go on dispose. */
export async function startTestNats(_options: { readonly token?: string } = {}): Promise<NatsServer> {
  throw new Error("unavailable");
}
