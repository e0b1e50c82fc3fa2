import { describe, expect, it } from "vitest";
import { parseServerList } from "./server-list.ts";

describe("parseServerList", () => {
  it.each([
    ["nats://127.0.0.1:4222", { servers: ["127.0.0.1:4222"] }],
    ["nats.internal", { servers: ["nats.internal:4222"] }],
    ["nats://a:1, tls://b", { servers: ["a:1", "b:4222"], tls: true }],
    ["nats://[::1]:4223", { servers: ["[::1]:4223"] }],
    ["nats://t0ken@a", { servers: ["a:4222"], token: "t0ken" }],
    ["nats://me:p%40ss@a", { servers: ["a:4222"], user: "me", password: "p@ss" }],
  ])("reads %s", (text, expected) => {
    const absent = { tls: false, user: undefined, password: undefined, token: undefined };
    expect(parseServerList(text)).toEqual({ ...absent, ...expected });
  });

  it.each(["", " , ", "http://a", "nats://", "nats://s3cret:x@"])("refuses %j and does not repeat it", (text) => {
    expect(() => parseServerList(text)).toThrow(/expected nats:\/\/host:port/);
    expect(() => parseServerList(text)).not.toThrow(/s3cret/);
  });
});
