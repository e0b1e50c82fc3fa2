import { create, createFileRegistry, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  BytesValueSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  StructSchema,
} from "@bufbuild/protobuf/wkt";
import { CompleteRequestSchema, StreamResponseSchema } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { UsageEventSchema } from "@sluice/api/sluice/usage/v1/usage_event";
import { describe, expect, it } from "vitest";
import { codecOf, decodeMessage, encodeInit, encodeMessage } from "./index.ts";
import { isSupported } from "./supported.ts";

type Field = { readonly name: string; readonly type: FieldDescriptorProto_Type; readonly typeName?: string };

/** A proto3 message `Node` with the given fields, numbered from 1. */
function describeNode(fields: readonly Field[]): DescMessage {
  const label = FieldDescriptorProto_Label.OPTIONAL;
  const field = fields.map((one, index) => ({ ...one, number: index + 1, label }));
  const file = create(FileDescriptorProtoSchema, {
    name: "node.proto",
    syntax: "proto3",
    messageType: [{ name: "Node", field }],
  });
  const node = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getMessage("Node");
  if (node === undefined) throw new Error("the descriptor has no message Node");
  return node;
}

const chunkOf = (body: Uint8Array) =>
  create(StreamResponseSchema, { event: { case: "chunk", value: { body, outputCharacters: 7 } } });

describe("encoded bytes", () => {
  it("stay as they are when more is encoded", () => {
    const kept = Array.from({ length: 2_000 }, (_, index) => {
      const message = chunkOf(new Uint8Array(index * 7).fill(index));
      return { expected: toBinary(StreamResponseSchema, message), found: encodeMessage(StreamResponseSchema, message) };
    });
    for (const { expected, found } of kept) expect(Buffer.compare(expected, found)).toBe(0);
  });

  it("may be of any size", () => {
    for (const size of [0, 1, 120, 127, 128, 16_380, 16_384, 32_768, 40_000, 2_097_152, 5_000_000]) {
      const message = chunkOf(new Uint8Array(size).fill(5));
      expect(
        Buffer.compare(encodeMessage(StreamResponseSchema, message), toBinary(StreamResponseSchema, message)),
      ).toBe(0);
    }
  });

  it("are right where bodies of one field grow and shrink", () => {
    for (const size of [10, 40_000, 10, 1_000, 200_000, 100]) {
      const message = create(CompleteRequestSchema, {
        attempt: { attemptId: "a", requestId: "é".repeat(size), model: "p/m" },
        payload: {
          case: "body",
          value: { dialect: "openai.chat", body: new Uint8Array(size), headers: { a: "b".repeat(size) } },
        },
      });
      const expected = toBinary(CompleteRequestSchema, message);
      expect(Buffer.compare(encodeMessage(CompleteRequestSchema, message), expected)).toBe(0);
    }
  });

  it("stay as they are when a message that cannot be encoded comes next", () => {
    const message = create(UsageEventSchema, { attemptId: "one", tags: { a: "b" } });
    const found = encodeMessage(UsageEventSchema, message);
    const broken = create(UsageEventSchema, {
      attemptId: "two",
      snapshotVersion: 7 as unknown as string,
      attemptNumber: -1,
    });
    expect(() => encodeMessage(UsageEventSchema, broken)).toThrow("invalid uint32");
    expect(Buffer.compare(found, toBinary(UsageEventSchema, message))).toBe(0);
    expect(Buffer.compare(encodeMessage(UsageEventSchema, message), found)).toBe(0);
  });

  it("are right where a getter encodes another message", () => {
    const message = create(UsageEventSchema, { attemptId: "outer", key: "key" });
    let inner: Uint8Array | undefined;
    Object.defineProperty(message, "requestId", {
      get() {
        inner = encodeInit(UsageEventSchema, { attemptId: "inner" });
        return "read";
      },
    });
    expect(fromBinary(UsageEventSchema, encodeMessage(UsageEventSchema, message))).toMatchObject({
      attemptId: "outer",
      requestId: "read",
      key: "key",
    });
    expect(fromBinary(UsageEventSchema, inner ?? new Uint8Array())).toMatchObject({ attemptId: "inner" });
  });
});

describe("an init", () => {
  it("is encoded with messages in it, and with null for unset", () => {
    const init = {
      attempt: create(CompleteRequestSchema, { attempt: { attemptId: "a", timeouts: { total: { seconds: 3n } } } })
        .attempt,
      payload: { case: "body", value: { dialect: null, headers: { a: "" } } },
    } as never;
    const expected = toBinary(CompleteRequestSchema, create(CompleteRequestSchema, init));
    expect(Buffer.compare(encodeInit(CompleteRequestSchema, init), expected)).toBe(0);
  });

  it("is refused as a message", () => {
    const init = { attemptId: "a" } as never;
    expect(() => encodeMessage(UsageEventSchema, init)).toThrow(
      "cannot use field sluice.usage.v1.UsageEvent.attempt_id",
    );
  });
});

describe("decoded messages", () => {
  it("hold views of the bytes, of their class", () => {
    const bytes = Buffer.from(toBinary(StreamResponseSchema, chunkOf(new Uint8Array([1, 2, 3]))));
    const { event } = decodeMessage(StreamResponseSchema, bytes);
    if (event.case !== "chunk") throw new Error(`event is ${event.case}, expected chunk`);
    expect(event.value.body).toBeInstanceOf(Buffer);
    expect(event.value.body.buffer).toBe(bytes.buffer);
    const { event: plain } = decodeMessage(StreamResponseSchema, new Uint8Array(bytes));
    expect(plain.case === "chunk" && plain.value.body.constructor).toBe(Uint8Array);
  });

  it("share nothing that can be changed", () => {
    const [one, two] = [
      decodeMessage(UsageEventSchema, Buffer.alloc(0)),
      decodeMessage(UsageEventSchema, Buffer.alloc(0)),
    ];
    one.tags["a"] = "b";
    one.charges.push({} as never);
    expect(two).toEqual(create(UsageEventSchema));
  });

  it("merge the occurrences of one field", () => {
    const first = create(UsageEventSchema, { usage: { inputTokens: 1, outputTokens: 2 } });
    const second = create(UsageEventSchema, { usage: { inputTokens: 3 } });
    const bytes = Buffer.concat([toBinary(UsageEventSchema, first), toBinary(UsageEventSchema, second)]);
    expect(decodeMessage(UsageEventSchema, bytes).usage).toMatchObject({ inputTokens: 3, outputTokens: 2 });
  });

  it("keep what an older schema does not know, and give it back", () => {
    const node = describeNode([{ name: "attempt_id", type: FieldDescriptorProto_Type.STRING }]);
    const bytes = toBinary(
      UsageEventSchema,
      create(UsageEventSchema, { attemptId: "a", key: "k", firstByteMicros: 9n }),
    );
    const message = decodeMessage(node, bytes);
    expect(message.$unknown).toHaveLength(2);
    expect(Buffer.compare(encodeMessage(node, message), bytes)).toBe(0);
  });

  it("may be nested a hundred deep and no deeper", () => {
    const node = describeNode([{ name: "child", type: FieldDescriptorProto_Type.MESSAGE, typeName: ".Node" }]);
    expect(isSupported(node)).toBe(true);
    const nested = (depth: number): Buffer => {
      let bytes = Buffer.alloc(0);
      for (let level = 1; level < depth; level += 1) {
        const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
        bytes = Buffer.concat([Buffer.from([0b1010, ...length]), bytes]);
      }
      return bytes;
    };
    expect(decodeMessage(node, nested(100))).toEqual(fromBinary(node, nested(100)));
    expect(() => decodeMessage(node, nested(101))).toThrow("maximum recursion depth of 100 reached");
  });
});

describe("messages of other kinds", () => {
  it.each(["SINT32", "SINT64", "FIXED32", "FIXED64", "SFIXED32", "SFIXED64", "FLOAT"] as const)(
    "with a field of type %s are left to protobuf-es",
    (type) => {
      const node = describeNode([{ name: "field", type: FieldDescriptorProto_Type[type] }]);
      expect(isSupported(node)).toBe(false);
      const message = create(node, { field: type.endsWith("64") ? 5n : 5 } as never);
      const bytes = codecOf(node).encode(message);
      expect(bytes).toEqual(toBinary(node, message));
      expect(codecOf(node).decode(bytes)).toEqual(message);
    },
  );

  it("of other syntax, or kept in a form of their own, are left to protobuf-es", () => {
    for (const schema of [FileDescriptorProtoSchema, StructSchema, BytesValueSchema]) {
      expect(isSupported(schema)).toBe(false);
      expect(decodeMessage(schema as DescMessage, new Uint8Array())).toEqual(create(schema as DescMessage));
    }
    const holder = create(FileDescriptorProtoSchema, { name: "a.proto", dependency: ["b.proto"] });
    expect(decodeMessage(FileDescriptorProtoSchema, encodeInit(FileDescriptorProtoSchema, holder))).toEqual(holder);
  });
});
