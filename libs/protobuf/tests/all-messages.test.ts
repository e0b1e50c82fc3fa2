import { readdirSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { create, type DescFile, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { compileReader } from "../src/decode-message.ts";
import { compileWriter, setFromInit } from "../src/encode-message.ts";
import { codecOf } from "../src/index.ts";
import { beginInput } from "../src/input.ts";
import { beginMessage, endMessage } from "../src/output.ts";
import { isSupported } from "../src/supported.ts";
import { brokenMessageOf, initOf, messageOf, mutationOf } from "./_message-arbitrary.ts";

// Every message of Sluice, against protobuf-es.

const generated = new URL("../../api/gen/sluice/", import.meta.url);

async function readSchemas(): Promise<DescMessage[]> {
  const paths = readdirSync(generated, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith("_pb.ts"));
  const schemas: DescMessage[] = [];
  for (const path of paths) {
    const exported: Record<string, unknown> = await import(new URL(path, generated).href);
    for (const [name, value] of Object.entries(exported)) {
      if (name.startsWith("file_")) schemas.push(...(value as DescFile).messages.flatMap(withNested));
    }
  }
  return schemas;
}

function withNested(message: DescMessage): DescMessage[] {
  return [message, ...message.nestedMessages.flatMap(withNested)];
}

type Outcome = { readonly value: unknown } | { readonly error: string };

function outcomeOf(call: () => unknown): Outcome {
  try {
    return { value: call() };
  } catch (thrown) {
    return { error: String(thrown) };
  }
}

/** Text that shows the order of properties. */
function orderOf(outcome: Outcome): string {
  return JSON.stringify(outcome, (_, value) =>
    typeof value === "object" && !(value instanceof Uint8Array) ? value : "",
  );
}

/** Equal, in the same order of properties, of the same classes. */
function expectSame(ours: Outcome, theirs: Outcome): void {
  if ("value" in ours && ours.value instanceof Uint8Array && "value" in theirs) {
    expect(Buffer.compare(ours.value, theirs.value as Uint8Array)).toBe(0);
    return;
  }
  if (!isDeepStrictEqual(ours, theirs)) expect(ours).toEqual(theirs);
  expect(isDeepStrictEqual(ours, theirs)).toBe(true);
  expect(orderOf(ours)).toBe(orderOf(theirs));
}

const schemas: DescMessage[] = [];
beforeAll(async () => {
  schemas.push(...(await readSchemas()));
});

function forAll(runs: number, check: (schema: DescMessage) => fc.IRawProperty<unknown>): void {
  for (const schema of schemas) fc.assert(check(schema) as fc.IRawProperty<unknown, false>, { numRuns: runs });
}

describe("every message of Sluice", () => {
  it("is compiled", () => {
    expect(schemas.length).toBeGreaterThan(100);
    expect(schemas.filter((schema) => !isSupported(schema)).map(String)).toEqual([]);
  });

  it("is written by the compiled code as protobuf-es writes it", () => {
    forAll(40, (schema) =>
      fc.property(messageOf(schema, "plain"), (message) => {
        setFromInit(false);
        const bytes = endMessage(compileWriter(schema)(beginMessage(), message as never));
        expect(Buffer.compare(bytes, toBinary(schema, message))).toBe(0);
      }),
    );
  });

  it("is read by the compiled code as protobuf-es reads it", () => {
    forAll(40, (schema) =>
      fc.property(messageOf(schema, "plain"), (message) => {
        const bytes = toBinary(schema, message);
        beginInput(bytes);
        expectSame({ value: compileReader(schema).read(bytes.length, 1) }, { value: fromBinary(schema, bytes) });
      }),
    );
  });

  it("is written from an init as from the message that is made of it", () => {
    forAll(40, (schema) =>
      fc.property(initOf(schema, "plain"), (init) => {
        setFromInit(true);
        const bytes = endMessage(compileWriter(schema)(beginMessage(), init as never));
        expect(Buffer.compare(bytes, toBinary(schema, create(schema, init as never)))).toBe(0);
      }),
    );
  });

  it("comes out the same where it holds what is rare, wrong types included", () => {
    forAll(40, (schema) =>
      fc.property(fc.oneof(messageOf(schema, "odd"), brokenMessageOf(schema)), (message) => {
        expectSame(
          outcomeOf(() => codecOf(schema).encode(message)),
          outcomeOf(() => toBinary(schema, message)),
        );
      }),
    );
  });

  it("is read the same, or refused in the same words, from bytes that were cut, changed, repeated or joined", () => {
    forAll(60, (schema) => {
      const bytes = messageOf(schema, "odd").map((message) => toBinary(schema, message));
      return fc.property(fc.oneof(bytes, mutationOf(bytes)), fc.boolean(), (given, asBuffer) => {
        const source = asBuffer ? Buffer.from(given) : given;
        expectSame(
          outcomeOf(() => codecOf(schema).decode(source)),
          outcomeOf(() => fromBinary(schema, source)),
        );
      });
    });
  });
});
