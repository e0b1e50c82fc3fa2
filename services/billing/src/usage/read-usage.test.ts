import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { InstanceClosedEventSchema, Outcome, UsageEventSchema } from "@sluice/api/sluice/usage/v1/usage_event";
import { describe, expect, test } from "vitest";
import { instanceClosedSubject, type Reading, readLetter, recordedSubject } from "./read-usage.ts";

type Init = MessageInitShape<typeof UsageEventSchema>;

const valid: Init = {
  attemptId: "a1",
  requestId: "r1",
  attemptNumber: 1,
  instanceId: "i1",
  sequence: 7n,
  startTime: { seconds: 1_795_348_800n, nanos: 123_456_789 },
  outcome: Outcome.SUCCEEDED,
  team: "research",
  cost: { usdNanos: 5n },
  reserved: { usdNanos: 50n },
  charges: [{ leaseId: "l1", budget: "day" }],
};

function read(change: Init): Reading {
  const body = toBinary(UsageEventSchema, create(UsageEventSchema, { ...valid, ...change } as Init));
  return readLetter({ subject: recordedSubject, id: "a1", body });
}

function rowOf(change: Init) {
  const reading = read(change);
  if (reading.kind !== "usage") throw new Error(`not usage but ${reading.kind}`);
  return reading.row;
}

describe("what is booked", () => {
  test("is what was charged, to the leases that it was charged to", () => {
    expect(rowOf({})).toMatchObject({
      attemptId: "a1",
      sequence: 7n,
      startMicros: 1_795_348_800_123_456n,
      endMicros: null,
      costNanos: 5n,
      savedNanos: null,
      inputTokens: null,
      leaseIds: ["l1"],
      budgets: ["day"],
      rating: "unrated",
    });
  });

  test("is what was reserved if the outcome is unknown and no cost is given", () => {
    const { cost: _cost, ...costless } = valid;
    const body = (outcome: Outcome) => toBinary(UsageEventSchema, create(UsageEventSchema, { ...costless, outcome }));
    const costOfOutcome = (outcome: Outcome) => {
      const reading = readLetter({ subject: recordedSubject, id: "a1", body: body(outcome) });
      return reading.kind === "usage" ? reading.row.costNanos : reading;
    };
    expect(costOfOutcome(Outcome.UNKNOWN)).toBe(50n);
    expect(costOfOutcome(Outcome.FAILED)).toBeNull();
    expect(rowOf({ outcome: Outcome.UNKNOWN }).costNanos).toBe(5n);
  });

  test("takes values of a newer router", () => {
    expect(rowOf({ outcome: 17 as Outcome }).outcome).toBe(17);
  });
});

describe("what cannot be booked", () => {
  test.each<[string, Init]>([
    ["attempt_id has 0 characters, expected 1 to 64", { attemptId: "" }],
    ["request_id has 65 characters, expected 1 to 64", { requestId: "x".repeat(65) }],
    ["instance_id holds a NUL character", { instanceId: "a\0b" }],
    ["team holds a NUL character", { team: "\0" }],
    ["model has 1025 characters, expected at most 1024", { model: "m".repeat(1_025) }],
    ["cost is -1 nano-dollars, expected 0 or more", { cost: { usdNanos: -1n } }],
    ["lease_id has 0 characters, expected 1 to 64", { charges: [{ leaseId: "", budget: "day" }] }],
    ["65 charges, expected at most 64", { charges: Array.from({ length: 65 }, () => ({ leaseId: "l", budget: "b" })) }],
    [
      "start_time is out of range: 253402300800 seconds and 0 nanoseconds",
      { startTime: { seconds: 253_402_300_800n } },
    ],
    ["sequence is 18446744073709551615, expected less than 9223372036854775807", { sequence: 2n ** 64n - 1n }],
  ])("%s", (reason, change) => {
    expect(read(change)).toMatchObject({ kind: "poison", reason });
  });

  test("says why it cannot be decoded", () => {
    const reading = readLetter({ subject: recordedSubject, id: "x", body: Uint8Array.of(0x0a, 0x7f) });
    expect(reading).toMatchObject({ kind: "poison", reason: expect.stringContaining("cannot be decoded") });
    expect(readLetter({ subject: recordedSubject, id: "x", body: new Uint8Array() })).toMatchObject({
      kind: "poison",
      reason: "start_time is not set",
    });
  });

  test("names the subjects that it knows", () => {
    expect(readLetter({ subject: "usage.v1.other", id: "x", body: new Uint8Array() })).toMatchObject({
      kind: "poison",
      reason: "unknown subject, expected usage.v1.recorded or usage.v1.instance_closed",
    });
  });
});

test("reads that a router process has closed", () => {
  const letter = (instanceId: string, lastSequence: bigint) => ({
    subject: instanceClosedSubject,
    id: "closed",
    body: toBinary(InstanceClosedEventSchema, create(InstanceClosedEventSchema, { instanceId, lastSequence })),
  });
  expect(readLetter(letter("i1", 9n))).toMatchObject({ kind: "closed", event: { instanceId: "i1", lastSequence: 9n } });
  expect(readLetter(letter("", 9n)).kind).toBe("poison");
  expect(readLetter(letter("i1", 2n ** 63n)).kind).toBe("poison");
});
