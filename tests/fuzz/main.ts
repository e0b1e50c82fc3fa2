import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { CaseReport } from "./run-cases.ts";

const usage = `npm run fuzz -- [options]

  --minutes 2     how long
  --seed N        the first case; each case after it has the next seed. Default: by chance
  --keep DIR      what breaks a decoder is kept here. Default: .fuzz

Feeds mutated requests, answers, streams and errors to every decoder. Fails where one throws, breaks its grammar, takes longer than
10 seconds for a case, or lets memory grow without bound.
`;

/** A case that takes longer hangs. */
const hangMs = 10_000;
/** More than any number of cases, each let go, may hold. */
const maxResidentBytes = 2 * 1024 * 1024 * 1024;
const maxBroken = 20;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    seed: { type: "string" },
    keep: { type: "string", default: ".fuzz" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(usage);
else process.exitCode = await fuzz();

async function fuzz(): Promise<number> {
  const minutes = Number(values.minutes);
  const firstSeed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  if (!(minutes > 0) || !Number.isInteger(firstSeed))
    throw new Error(`--minutes and --seed must be numbers\n\n${usage}`);
  console.log(`fuzzing for ${minutes} minutes, from seed ${firstSeed}`);

  const worker = new Worker(new URL("./run-cases.ts", import.meta.url), { workerData: { firstSeed } });
  const { promise, resolve } = Promise.withResolvers<number>();
  const broken: string[] = [];
  let last: Extract<CaseReport, { kind: "running" }> | undefined;
  let mostBytes = 0;
  const hung = () => {
    console.error(`hung: a case from seed ${last?.seed} on took longer than ${hangMs / 1000} s`);
    resolve(1);
  };
  let watchdog = setTimeout(hung, hangMs * 3);
  const over = setTimeout(() => resolve(broken.length === 0 ? 0 : 1), minutes * 60_000);

  worker.on("message", (report: CaseReport) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(hung, hangMs);
    if (report.kind === "broken") {
      broken.push(report.feed);
      mkdirSync(values.keep, { recursive: true });
      const file = join(values.keep, `${report.seed}.bin`);
      writeFileSync(file, report.bytes);
      console.error(
        `\nbroken: ${report.feed}, from ${report.sample}, seed ${report.seed}, kept as ${file}\n${report.error}`,
      );
      if (broken.length >= maxBroken) resolve(1);
      return;
    }
    last = report;
    mostBytes = Math.max(mostBytes, report.heapBytes);
    if (report.heapBytes > maxResidentBytes) {
      console.error(`memory: ${Math.round(report.heapBytes / 2 ** 20)} MiB after ${report.cases} cases`);
      resolve(1);
    }
  });
  worker.on("error", (error) => {
    console.error(`the process of the cases broke after seed ${last?.seed}`, error);
    resolve(1);
  });

  const code = await promise;
  clearTimeout(watchdog);
  clearTimeout(over);
  await worker.terminate();
  const megabytes = Math.round(mostBytes / 2 ** 20);
  console.log(`${last?.cases ?? 0} cases, ${broken.length} broken, at most ${megabytes} MiB resident`);
  return code;
}
