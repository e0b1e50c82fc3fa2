import { createTestDatabase, type TestDatabase } from "@sluice/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createPool,
  encodeByteaArray,
  encodeInt4Array,
  encodeInt8Array,
  encodeTextArray,
  encodeTimestamptzArray,
  type Pool,
} from "../src/index.ts";

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: "test" });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const same = <Value>(value: Value): Value => value;

async function echo(type: string, array: Buffer): Promise<unknown> {
  const { rows } = await pool.query<{ value: unknown }>(`select $1::${type}[] as value`, [array]);
  return rows[0]?.value;
}

test("text of any alphabet arrives as it is, an empty array is empty", async () => {
  const texts = ["", "plain", `"quoted\\" {a,b}`, "größer 東京 🎉", "NULL", "x".repeat(5_000)];
  expect(await echo("text", encodeTextArray(texts, same))).toEqual(texts);
  expect(await echo("text", encodeTextArray([], same))).toEqual([]);
});

test("integers arrive whole up to their bounds, nulls stay null", async () => {
  const safe = Number.MAX_SAFE_INTEGER;
  const given = [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), null, 7, -7, 2 ** 32, -(2 ** 32) - 1, safe, -safe];
  const expected = given.map((value) => (value === null ? null : BigInt(value)));
  expect(await echo("int8", encodeInt8Array(given, same))).toEqual(expected);
  const small = [0, null, 2 ** 31 - 1, -(2 ** 31)];
  expect(await echo("int4", encodeInt4Array(small, same))).toEqual(small);
  expect(() => encodeInt4Array([2 ** 31], same)).toThrow(RangeError);
  expect(() => encodeInt8Array([2n ** 63n], same)).toThrow(RangeError);
});

test("bytes arrive as they are", async () => {
  const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const arrived = (await echo("bytea", encodeByteaArray([every, new Uint8Array()], same))) as Buffer[];
  expect(arrived.map((bytes) => [...bytes])).toEqual([[...every], []]);
});

test.each([
  ["2026-11-22 12:00:00.123456+00", 1_795_348_800_123_456n],
  ["2000-01-01 00:00:00+00", 946_684_800_000_000n],
  ["0001-01-01 00:00:00+00", -62_135_596_800_000_000n],
  ["9999-12-31 23:59:59.999999+00", 253_402_300_799_999_999n],
])("a time is that many microseconds: %s", async (text, micros) => {
  const { rows } = await pool.query<{ value: string | null }>("select unnest($1::timestamptz[])::text as value", [
    encodeTimestamptzArray([micros, null], same),
  ]);
  expect(rows.map((row) => row.value)).toEqual([text, null]);
});
