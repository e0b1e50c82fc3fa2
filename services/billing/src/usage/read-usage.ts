import type { Timestamp } from "@bufbuild/protobuf/wkt";
import {
  type InstanceClosedEvent,
  InstanceClosedEventSchema,
  type UsageEvent,
  UsageEventSchema,
} from "@sluice/api/sluice/usage/v1/usage_event";
import { decodeMessage } from "@sluice/protobuf";
import { createLedgerRow, type LedgerRow } from "./ledger-row.ts";

export const recordedSubject = "usage.v1.recorded";
export const instanceClosedSubject = "usage.v1.instance_closed";

/** A message as it came: from JetStream, or made of what RecordUsage brought. */
export interface Letter {
  readonly subject: string;
  readonly id: string;
  readonly body: Uint8Array;
}

export interface UsageReading {
  readonly kind: "usage";
  readonly letter: Letter;
  readonly event: UsageEvent;
  readonly row: LedgerRow;
}

/** What a message says. `poison` cannot be booked now or ever. */
export type Reading =
  | UsageReading
  | { readonly kind: "closed"; readonly letter: Letter; readonly event: InstanceClosedEvent }
  | { readonly kind: "poison"; readonly letter: Letter; readonly reason: string };

/** Reads leniently what a newer router may send, and refuses only what the ledger cannot hold. */
export function readLetter(letter: Letter): Reading {
  try {
    if (letter.subject === recordedSubject) return readUsage(decodeMessage(UsageEventSchema, letter.body), letter);
    if (letter.subject === instanceClosedSubject) {
      return readClosed(decodeMessage(InstanceClosedEventSchema, letter.body), letter);
    }
  } catch (error) {
    return poison(letter, `cannot be decoded: ${error instanceof Error ? error.message : String(error)}`);
  }
  return poison(letter, `unknown subject, expected ${recordedSubject} or ${instanceClosedSubject}`);
}

export function readUsage(event: UsageEvent, letter: Letter): Reading {
  const fault = findUsageFault(event);
  if (fault !== undefined) return poison(letter, fault);
  const row = createLedgerRow(event as UsageEvent & { startTime: Timestamp }, letter.body);
  if (row.ratedNanos !== null && row.ratedNanos > maxBigint) {
    return poison(letter, `usage and price make ${row.ratedNanos} nano-dollars, expected at most ${maxBigint}`);
  }
  return { kind: "usage", letter, event, row };
}

export function readClosed(event: InstanceClosedEvent, letter: Letter): Reading {
  const fault = findIdFault("instance_id", event.instanceId) ?? findSequenceFault("last_sequence", event.lastSequence);
  return fault === undefined ? { kind: "closed", letter, event } : poison(letter, fault);
}

function poison(letter: Letter, reason: string): Reading {
  return { kind: "poison", letter, reason };
}

const maxIdLength = 64;
const maxTextLength = 1_024;
const maxCharges = 64;
const maxBigint = 2n ** 63n - 1n;
/** 0001-01-01 and 9999-12-31: the bounds of a Timestamp. */
const minSeconds = -62_135_596_800n;
const maxSeconds = 253_402_300_799n;

function findUsageFault(event: UsageEvent): string | undefined {
  if (event.startTime === undefined) return "start_time is not set";
  if (event.charges.length > maxCharges) return `${event.charges.length} charges, expected at most ${maxCharges}`;
  return (
    findIdFault("attempt_id", event.attemptId) ??
    findIdFault("request_id", event.requestId) ??
    findIdFault("instance_id", event.instanceId) ??
    findSequenceFault("sequence", event.sequence) ??
    findTimeFault("start_time", event.startTime) ??
    findTimeFault("end_time", event.endTime) ??
    findAmountFault("cost", event.cost) ??
    findAmountFault("reserved", event.reserved) ??
    findTextFault("team", event.team) ??
    findTextFault("key", event.key) ??
    findTextFault("route", event.route) ??
    findTextFault("model", event.model) ??
    findTextFault("provider", event.provider) ??
    findTextFault("price.version", event.price?.version ?? "") ??
    findChargeFault(event.charges)
  );
}

function findChargeFault(charges: UsageEvent["charges"]): string | undefined {
  for (const { leaseId, budget } of charges) {
    const fault = findIdFault("lease_id", leaseId) ?? findIdFault("budget", budget);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function findIdFault(field: string, id: string): string | undefined {
  if (id === "" || id.length > maxIdLength) return `${field} has ${id.length} characters, expected 1 to ${maxIdLength}`;
  return findTextFault(field, id);
}

/** Postgres holds no NUL in text, and no lone surrogate comes out of a decoder. */
function findTextFault(field: string, text: string): string | undefined {
  if (text.length > maxTextLength) return `${field} has ${text.length} characters, expected at most ${maxTextLength}`;
  return text.includes("\0") ? `${field} holds a NUL character` : undefined;
}

function findSequenceFault(field: string, sequence: bigint): string | undefined {
  return sequence < maxBigint ? undefined : `${field} is ${sequence}, expected less than ${maxBigint}`;
}

function findTimeFault(field: string, time: Timestamp | undefined): string | undefined {
  if (time === undefined) return undefined;
  const { seconds, nanos } = time;
  if (seconds >= minSeconds && seconds <= maxSeconds && nanos >= 0 && nanos < 1_000_000_000) return undefined;
  return `${field} is out of range: ${seconds} seconds and ${nanos} nanoseconds`;
}

function findAmountFault(field: string, amount: { readonly usdNanos: bigint } | undefined): string | undefined {
  if (amount === undefined || amount.usdNanos >= 0n) return undefined;
  return `${field} is ${amount.usdNanos} nano-dollars, expected 0 or more`;
}
