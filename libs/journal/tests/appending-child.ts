import { writeSync } from "node:fs";
import { openJournal } from "../src/index.ts";

// Appends without end, and says on standard output what flushed() has confirmed, until it is killed.
const [directory = "", instanceId = "", syncEveryMs = ""] = process.argv.slice(2);
const fsync = syncEveryMs === "" ? ("off" as const) : { everyMs: Number(syncEveryMs) };
const { journal } = await openJournal({ directory, instanceId, segmentBytes: 20_000, fsync });
writeSync(1, "open\n");

async function attempt(name: string, payload: Buffer): Promise<void> {
  if (journal.appendIntent(name, payload) !== "appended") throw new Error(`intent of ${name} refused`);
  await journal.flushed();
  writeSync(1, `intent ${name}\n`);
  await new Promise(setImmediate);
  const sequence = journal.appendEnd(name, (number) => Buffer.from(`${number} ${name}`));
  await journal.flushed();
  writeSync(1, `end ${sequence} ${name}\n`);
}

for (let round = 0; ; round += 1) {
  const names = Array.from({ length: 8 }, (_, index) => `${instanceId}-${round}-${index}`);
  await Promise.all(names.map((name, index) => attempt(name, Buffer.alloc(50 + 37 * index, "x"))));
}
