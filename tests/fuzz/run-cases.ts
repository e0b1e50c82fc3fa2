import { parentPort, workerData } from "node:worker_threads";
import { readCorpus, type Sample } from "./corpus.ts";
import { type Feed, feedsOf } from "./feed.ts";
import { type Chance, createChance, cut, mutateBytes, mutateJson, pick } from "./mutate.ts";

// One case after the other, until it is ended. Says what it is about to try before it tries, so that whoever watches knows what hung.

export type CaseReport =
  | { readonly kind: "running"; readonly seed: number; readonly cases: number; readonly heapBytes: number }
  | {
      readonly kind: "broken";
      readonly seed: number;
      readonly feed: string;
      readonly sample: string;
      readonly error: string;
      readonly bytes: Uint8Array;
    };

const { firstSeed } = workerData as { readonly firstSeed: number };
const reportEvery = 50;
/** A mutated body is not fed where it has grown beyond this: a real one would have been refused at the door. */
const maxBytes = 4 * 1024 * 1024;

const corpus = readCorpus();
const feeds = feedsOf();
const port = parentPort;
if (port === null) throw new Error("this is the worker of tests/fuzz/main.ts");

for (let cases = 0; ; cases += 1) {
  const seed = firstSeed + cases;
  if (cases % reportEvery === 0) {
    const report: CaseReport = { kind: "running", seed, cases, heapBytes: process.memoryUsage().rss };
    port.postMessage(report);
  }
  const chance = createChance(seed);
  const sample = pick(chance, corpus);
  const feed = pick(chance, feedsFor(sample, chance));
  const bytes = mutate(chance, sample);
  if (bytes.length > maxBytes) continue;
  try {
    feed.run(cut(chance, bytes));
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const report: CaseReport = { kind: "broken", seed, feed: feed.name, sample: sample.name, error: text, bytes };
    port.postMessage(report);
  }
}

/** The readers of the sample's own kind mostly; now and then any, for providers answer with anything. */
function feedsFor(sample: Sample, chance: Chance): readonly Feed[] {
  if (chance() < 0.2) return feeds;
  const own = feeds.filter((feed) => feed.name.startsWith(`${sample.dialect} `));
  if (own.length === 0) return feeds;
  const words = { request: ["request"], whole: ["answer", "error"], stream: ["stream", "tap"] }[sample.kind];
  const fitting = own.filter((feed) => words.some((word) => feed.name.includes(word)));
  return fitting.length === 0 ? own : fitting;
}

function mutate(chance: Chance, sample: Sample): Buffer {
  if (chance() < 0.4) return mutateBytes(chance, sample.bytes);
  if (sample.kind !== "stream") return Buffer.from(mutateText(chance, sample.bytes.toString()));
  if (!sample.bytes.includes("data:")) return mutateBytes(chance, sample.bytes);
  const lines = sample.bytes.toString().split("\n");
  for (let round = 0; round < 3; round += 1) {
    const at = Math.floor(chance() * lines.length);
    const line = lines[at] ?? "";
    const choice = chance();
    if (line.startsWith("data:")) lines[at] = `data: ${mutateText(chance, line.slice("data:".length))}`;
    else if (choice < 0.3) lines.splice(at, 1);
    else if (choice < 0.6) lines.splice(at, 0, ...lines.slice(at, at + 3));
  }
  return Buffer.from(lines.join("\n"));
}

function mutateText(chance: Chance, text: string): string {
  try {
    return JSON.stringify(mutateJson(chance, JSON.parse(text))) ?? "null";
  } catch {
    return mutateBytes(chance, Buffer.from(text)).toString();
  }
}
