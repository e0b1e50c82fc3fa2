import { createHash } from "node:crypto";
import type { Queryable } from "@sluice/postgres";
import type { Letter } from "../usage/read-usage.ts";

export interface DeadLetter {
  readonly letter: Letter;
  readonly reason: string;
}

/** Keeps messages that cannot be booked. One that comes again is counted. */
export async function keepDeadLetters(transaction: Queryable, dead: readonly DeadLetter[], now: Date): Promise<void> {
  const distinct = new Map(dead.map((one) => [digest(one.letter).toString("hex"), one]));
  if (distinct.size === 0) return;
  const sorted = [...distinct].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, one]) => one);
  await transaction.query({
    name: "keep-dead-letters",
    text: `
      insert into billing.dead_letters as known (digest, subject, message_id, body, reason, first_time, last_time)
      select digest, subject, message_id, body, reason, $6, $6
      from unnest($1::bytea[], $2::text[], $3::text[], $4::bytea[], $5::text[])
        as incoming (digest, subject, message_id, body, reason)
      on conflict (digest) do update set last_time = excluded.last_time, arrivals = known.arrivals + 1`,
    values: [
      sorted.map((one) => digest(one.letter)),
      sorted.map((one) => printable(one.letter.subject)),
      sorted.map((one) => printable(one.letter.id)),
      sorted.map((one) => one.letter.body),
      sorted.map((one) => printable(one.reason)),
      now,
    ],
  });
}

function digest({ subject, id, body }: Letter): Buffer {
  return createHash("sha256").update(`${subject}\0${id}\0`).update(body).digest();
}

/** Postgres holds no NUL in text. */
function printable(text: string): string {
  return text.replaceAll("\0", "�").slice(0, 2_000);
}
