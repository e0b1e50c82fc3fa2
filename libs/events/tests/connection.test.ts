import { type ConnectionStatus, connectEvents, createPublisher, type NatsServer } from "@sluice/events";
import { startTestNats } from "@sluice/testing/nats";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { event, USAGE, until } from "./_stream.ts";

let server: NatsServer;
beforeEach(async () => {
  server = await startTestNats({ token: "s3cret" });
});
afterEach(() => server[Symbol.asyncDispose]());

describe("connectEvents", () => {
  it("starts while the server is down and follows it up, down and up", async () => {
    await server.stop();
    const seen: ConnectionStatus["kind"][] = [];
    await using connection = connectEvents({ url: server.url, name: "test", onStatus: ({ kind }) => seen.push(kind) });
    await using publisher = createPublisher({ connection, stream: USAGE });
    await until(() => /refused/i.test(String((connection.status() as { reason?: string }).reason)), "refused");
    const before = connection.status();
    expect(before).toMatchObject({ kind: "disconnected" });
    expect(publisher.isReady()).toBe(false);
    await expect(publisher.publish(event("a"))).rejects.toMatchObject({ kind: "disconnected", retryable: true });

    await server.restart();
    await connection.whenConnected();
    await publisher.whenReady();
    expect(await publisher.publish(event("a"))).toEqual({ duplicate: false });

    await server.kill();
    await until(() => connection.status().kind === "disconnected", "disconnected");
    expect(publisher.isReady()).toBe(false);
    await server.restart();
    await publisher.whenReady();
    expect(await publisher.publish(event("a"))).toEqual({ duplicate: true });
    await connection.close();
    expect(seen).toEqual(["connected", "disconnected", "connected", "closed"]);
  });

  it("says that a token is wrong, without the token, and goes on trying", async () => {
    const url = server.url.replace("s3cret", "wr0ng");
    await using connection = connectEvents({ url, name: "test" });
    await until(() => /authorization violation/i.test(JSON.stringify(connection.status())), "refused");
    expect(JSON.stringify(connection.status())).not.toMatch(/wr0ng|s3cret/);
    const waiting = connection.whenConnected(AbortSignal.timeout(300));
    await expect(waiting).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("closes by its signal, connected or not, and says so to who waits", async () => {
    const controller = new AbortController();
    const connected = connectEvents({ url: server.url, name: "a", signal: controller.signal });
    await connected.whenConnected();
    const lost = connectEvents({ url: "nats://127.0.0.1:1", name: "b", signal: controller.signal });
    const waiting = lost.whenConnected();
    controller.abort();
    await expect(waiting).rejects.toThrow("closed");
    await Promise.all([connected.close(), lost.close()]);
    expect([connected.status().kind, lost.status().kind]).toEqual(["closed", "closed"]);
  });
});
