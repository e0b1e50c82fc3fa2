import { describe, expect, it } from "vitest";
import { readDelivery } from "./delivery.ts";
import type { LinkMessage } from "./nats-link.ts";

function received(reply: string): LinkMessage {
  const headers = { "nats-msg-id": "a1", traceparent: "00-x" };
  const body = new Uint8Array([1]);
  return { subject: "usage.v1.recorded", reply, body, status: 0, statusText: "", headers: () => headers };
}

describe("readDelivery", () => {
  it.each([
    ["nats-server 2.9", "$JS.ACK.USAGE.billing.2.41.77.1700000000123456789.5"],
    ["nats-server 2.10", "$JS.ACK._.ACCOUNT.USAGE.billing.2.41.77.1700000000123456789.5"],
    ["a later one", "$JS.ACK.hub.ACCOUNT.USAGE.billing.2.41.77.1700000000123456789.5.token"],
  ])("reads the reply subject of %s", (_, reply) => {
    expect(readDelivery(received(reply))).toMatchObject({
      message: {
        subject: "usage.v1.recorded",
        id: "a1",
        body: new Uint8Array([1]),
        headers: { "nats-msg-id": "a1", traceparent: "00-x" },
        sequence: 41,
        deliveryCount: 2,
        storedAt: 1_700_000_000_123,
      },
      reply,
      pending: 5,
    });
  });

  it.each(["", "_INBOX.a.1", "$JS.ACK.USAGE"])("takes %j for no delivery", (reply) => {
    expect(readDelivery(received(reply))).toBeUndefined();
  });
});
