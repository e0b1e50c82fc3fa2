import { expect, test } from "vitest";
import { crc32 } from "./crc32.ts";

test("the check value of CRC-32/ISO-HDLC, whole and in two pieces", () => {
  const bytes = Buffer.from("123456789");
  expect(crc32(bytes, 0, 9)).toBe(0xcbf43926);
  expect(crc32(bytes, 4, 9, crc32(bytes, 0, 4))).toBe(0xcbf43926);
  expect(crc32(bytes, 3, 3)).toBe(0);
});
