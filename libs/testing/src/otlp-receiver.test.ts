import { expect, test } from "vitest";
import { decodeTraceRequest } from "./otlp-receiver.ts";

const bytes = (number: number, value: Uint8Array | string) => {
  const content = Buffer.from(value as string);
  const length = content.length < 128 ? [content.length] : [(content.length & 0x7f) | 0x80, content.length >> 7];
  return Buffer.concat([Buffer.of((number << 3) | 2, ...length), content]);
};
const varint = (number: number, value: number) => Buffer.of(number << 3, value);
const fixed64 = (number: number, value: bigint) => {
  const content = Buffer.alloc(9);
  content[0] = (number << 3) | 1;
  content.writeBigUInt64LE(value, 1);
  return content;
};
const message = (number: number, ...parts: Buffer[]) => bytes(number, Buffer.concat(parts));
const attribute = (number: number, name: string, value: Buffer) => message(number, bytes(1, name), bytes(2, value));

test("a request written by hand after the schema is read", () => {
  const span = message(
    2,
    bytes(1, Buffer.alloc(16, 0xab)),
    bytes(2, Buffer.alloc(8, 1)),
    bytes(3, "vendor=1"),
    bytes(5, "POST /v1"),
    varint(6, 2),
    fixed64(7, 1_700_000_000_000_000_001n),
    fixed64(8, 1_700_000_000_000_000_002n),
    attribute(9, "int", varint(3, 7)),
    attribute(9, "bool", varint(2, 1)),
    attribute(9, "list", message(5, message(1, bytes(1, "a")), message(1, bytes(1, "b")))),
    message(15, bytes(2, "bad"), varint(3, 2)),
  );
  const resource = message(1, attribute(1, "service.name", bytes(1, "router")));
  const request = message(1, resource, message(2, message(1, bytes(1, "sluice.router")), span));
  expect(decodeTraceRequest(request)).toEqual([
    {
      traceId: "ab".repeat(16),
      spanId: "01".repeat(8),
      parentSpanId: undefined,
      name: "POST /v1",
      kind: "server",
      serviceName: "router",
      resource: { "service.name": "router" },
      scope: "sluice.router",
      startTimeUnixNanos: 1_700_000_000_000_000_001n,
      endTimeUnixNanos: 1_700_000_000_000_000_002n,
      attributes: { int: 7, bool: true, list: ["a", "b"] },
      events: [],
      links: [],
      status: { code: "error", message: "bad" },
      tracestate: "vendor=1",
    },
  ]);
});

test("a truncated request is an error", () => {
  expect(() => decodeTraceRequest(bytes(1, "abc").subarray(0, 4))).toThrow("ends after its message");
});
