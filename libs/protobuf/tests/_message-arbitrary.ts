import { create, type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import fc, { type Arbitrary } from "fast-check";

/** `plain`: what services send. `odd`: also what is valid and rare, such as lone surrogates, U+FFFD and keys named `__proto__`. */
export type Kind = "plain" | "odd";

const maxDepth = 3;

const plainString = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 200 }).filter((text) => text.isWellFormed() && !text.includes("\uFFFD")),
  fc.integer({ min: 60, max: 70 }).map((length) => "a".repeat(length)),
  fc.integer({ min: 120, max: 20_000 }).map((length) => "é".repeat(length >> 1)),
  fc.uuid(),
);
const oddString = fc.oneof(
  fc.constantFrom("\uFFFD", "\uD800", "x\uDFFFy", "\uFEFFtext", "__proto__", "constructor", "\0"),
  plainString,
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.integer({ min: 100, max: 70_000 }).map((length) => new Uint8Array(length).fill(length)),
);

function edges<T>(...values: readonly T[]): Arbitrary<T> {
  return fc.constantFrom(...values);
}

function scalarOf(scalar: ScalarType | undefined, kind: Kind): Arbitrary<unknown> {
  switch (scalar) {
    case ScalarType.STRING:
      return kind === "plain" ? plainString : oddString;
    case ScalarType.BYTES:
      return bytes;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.DOUBLE:
      return fc.oneof(edges(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 0.1), fc.double());
    case ScalarType.INT32:
      return int32;
    case ScalarType.UINT32:
      return fc.oneof(edges(0, 127, 128, 16_383, 16_384, 0x8000_0000, 0xffff_ffff), fc.nat(), fc.nat(100_000));
    case ScalarType.INT64:
      return fc.oneof(
        edges(0n, -1n, 1n << 32n, (1n << 63n) - 1n, -(1n << 63n)),
        fc.bigInt(-(1n << 63n), (1n << 63n) - 1n),
      );
    case ScalarType.UINT64:
      return fc.oneof(
        edges(0n, 127n, 1n << 31n, 1n << 32n, 1n << 35n, (1n << 64n) - 1n),
        fc.bigInt(0n, (1n << 64n) - 1n),
      );
    default:
      throw new Error(`no values for scalar type ${scalar}`);
  }
}

const int32 = fc.oneof(edges(0, 1, -1, 0x7fff_ffff, -0x8000_0000), fc.integer());

function oneValueOf(field: DescField, kind: Kind, depth: number): Arbitrary<unknown> {
  if (field.message !== undefined) return initOf(field.message, kind, depth + 1);
  if (field.enum !== undefined) return fc.oneof(edges(...field.enum.values.map(({ number }) => number)), int32);
  return scalarOf(field.scalar, kind);
}

function fieldOf(field: DescField, kind: Kind, depth: number): Arbitrary<unknown> {
  const value = oneValueOf(field, kind, depth);
  if (field.fieldKind === "list") return fc.array(value, { maxLength: 3 });
  if (field.fieldKind === "map") {
    const keys = kind === "plain" ? plainString.filter((key) => key !== "__proto__") : oddString;
    return fc.array(fc.tuple(keys, value), { maxLength: 3 }).map((entries) => Object.fromEntries(entries));
  }
  return value;
}

function isNested(member: DescMessage["members"][number]): boolean {
  return member.kind === "field" && member.message !== undefined;
}

/** An init: some of the message's members, of random values. */
export function initOf(schema: DescMessage, kind: Kind, depth = 1): Arbitrary<Record<string, unknown>> {
  const members: Record<string, Arbitrary<unknown>> = {};
  for (const member of schema.members) {
    if (depth >= maxDepth && isNested(member)) continue;
    if (member.kind === "field") members[member.localName] = fieldOf(member, kind, depth);
    else {
      const cases = member.fields.filter((field) => depth < maxDepth || field.message === undefined);
      if (cases.length === 0) continue;
      members[member.localName] = fc.oneof(
        ...cases.map((field) =>
          fc.record({ case: fc.constant(field.localName), value: oneValueOf(field, kind, depth) }),
        ),
      );
    }
  }
  return fc.record(members, { requiredKeys: [] });
}

const unknownField = fc.record({
  no: fc.integer({ min: 1900, max: 2100 }),
  wireType: fc.constant(0),
  data: fc.constant(new Uint8Array([0xac, 2])),
});

export function messageOf(schema: DescMessage, kind: Kind): Arbitrary<Message> {
  const message = initOf(schema, kind).map((init) => create(schema, init as never) as Message);
  if (kind === "plain") return message;
  return fc.tuple(message, fc.array(unknownField, { maxLength: 2 })).map(([made, unknown]) => {
    if (unknown.length > 0) made.$unknown = unknown;
    return made;
  });
}

/** A message with one field set to what its type may not allow. */
export function brokenMessageOf(schema: DescMessage): Arbitrary<Message> {
  const junk = fc.constantFrom<unknown>(
    null,
    undefined,
    -1,
    1.5,
    2 ** 32,
    "12",
    "x",
    3n,
    1n << 64n,
    -1n,
    true,
    {},
    [],
    [null],
    {
      case: "x",
    },
  );
  const names = schema.members.map((member) => member.localName);
  if (names.length === 0) return messageOf(schema, "odd");
  return fc
    .tuple(messageOf(schema, "odd"), fc.constantFrom(...names, "$typeName"), junk)
    .map(([message, name, value]) => {
      (message as unknown as Record<string, unknown>)[name] = value;
      return message;
    });
}

/** Bytes near valid ones: cut, changed, repeated, joined. */
export function mutationOf(one: Arbitrary<Uint8Array>): Arbitrary<Uint8Array> {
  const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const changed = fc
    .tuple(one, fc.array(fc.tuple(position, fc.integer({ min: 0, max: 255 })), { maxLength: 4 }))
    .map(([bytes, changes]) => {
      const copy = Uint8Array.from(bytes);
      for (const [where, value] of changes) if (copy.length > 0) copy[Math.floor(where * copy.length)] = value;
      return copy;
    });
  const cut = fc.tuple(one, position).map(([bytes, where]) => bytes.subarray(0, Math.floor(where * bytes.length)));
  const joined = fc.tuple(one, one).map((both) => new Uint8Array(Buffer.concat(both)));
  const inserted = fc.tuple(one, position, fc.uint8Array({ maxLength: 12 })).map(([bytes, where, more]) => {
    const at = Math.floor(where * bytes.length);
    return new Uint8Array(Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]));
  });
  return fc.oneof(changed, cut, joined, inserted, fc.uint8Array({ maxLength: 60 }));
}
