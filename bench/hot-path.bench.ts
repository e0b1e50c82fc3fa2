import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Alternative, alternatives, type RunningAlternative, virtualKey } from "./hot-path/alternatives.ts";
import { type Body, bodies } from "./hot-path/bodies.ts";
import { checkAnswer, chooseGenerator, type Generator } from "./hot-path/drive.ts";
import { measure, type Sample } from "./hot-path/measure.ts";
import {
  descendantsOf,
  gatewayCore,
  otherCore,
  pin,
  readUrl,
  type Started,
  startNode,
  unpinned,
} from "./hot-path/processes.ts";
import { formatProfile, monotonicMicros, readProfile, summarizeProfile } from "./hot-path/profile.ts";
import {
  describeMachine,
  formatBody,
  formatMachine,
  formatServices,
  judge,
  type Row,
  summarize,
} from "./hot-path/report.ts";

const usage = `npm run bench -- hot-path [options]

  --only bare,mesh      alternatives: ${alternatives.map((each) => each.name).join(", ")}; default all
  --bodies 1k,stream    bodies: ${bodies.map((each) => each.name).join(", ")}; default all
  --rounds 5            rounds, in each of which every alternative meets every body
  --seconds 2.5         how long each is measured in a round
  --warmup 5            seconds of load before the first round
  --connections N       instead of 32 (unary) and 64 (streams)
  --load own|wrk        default: wrk where it is on PATH
  --json FILE           write the figures as JSON
  --profile             profile each alternative under each body instead, and say where its time goes
  --keep DIR            keep the profiles in this folder
`;

interface Options {
  readonly alternatives: readonly Alternative[];
  readonly bodies: readonly Body[];
  readonly rounds: number;
  readonly measureMs: number;
  readonly warmupMs: number;
  readonly connections: number | undefined;
  readonly generator: Generator;
  readonly json: string | undefined;
  readonly profile: boolean;
  readonly keep: string | undefined;
}

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) {
    console.log(usage);
    return 0;
  }
  if (unpinned !== undefined) console.error(`nothing is pinned to a core: ${unpinned}`);
  const dir = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  // Postgres may run as another user below it.
  chmodSync(dir, 0o755);
  const stops: (() => Promise<void>)[] = [];
  const stopAll = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
    rmSync(dir, { recursive: true, force: true });
  };
  const interrupted = () => void stopAll().finally(() => process.exit(130));
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    const helper = async (script: string): Promise<Started<string>> => {
      const started = await startNode([join(import.meta.dirname, script)], process.env, readUrl);
      stops.push(() => started.stop());
      pin([started.pid], otherCore);
      return started;
    };
    pin([process.pid], otherCore);
    const upstream = await helper("mock-upstream.ts");
    const otlp = await helper("otlp-sink.ts");
    const start: StartAlternative = async (alternative, profileDir) => {
      const running = await alternative.start({
        upstreamUrl: upstream.said,
        otlpUrl: otlp.said,
        dir: join(dir, alternative.name),
        profileDir,
      });
      const stop = once(() => running.stop());
      stops.push(stop);
      const measured = Object.values(running.pids);
      pin(
        [running.root, ...descendantsOf(running.root)].filter((pid) => !measured.includes(pid)),
        otherCore,
      );
      pin(measured, gatewayCore);
      for (const body of options.bodies) await checkAnswer(alternative.name, running.url, body, virtualKey);
      return { ...running, stop };
    };
    return options.profile ? await runProfiles(options, dir, start) : await runRounds(options, dir, start);
  } finally {
    await stopAll();
  }
}

type StartAlternative = (alternative: Alternative, profileDir: string | undefined) => Promise<RunningAlternative>;

async function runRounds(options: Options, dir: string, start: StartAlternative): Promise<number> {
  const running: { readonly alternative: Alternative; readonly running: RunningAlternative }[] = [];
  for (const alternative of options.alternatives) {
    console.error(`starting ${alternative.name}`);
    running.push({ alternative, running: await start(alternative, undefined) });
  }
  const samples = new Map<string, Sample[]>();
  const keyOf = (alternative: Alternative, body: Body) => `${alternative.name} ${body.name}`;

  for (let round = 0; round <= options.rounds; round += 1) {
    const warmup = round === 0;
    for (const body of options.bodies) {
      const line: string[] = [];
      // Each begins a round in turn: whoever comes first after a pause has the colder caches.
      for (let turn = 0; turn < running.length; turn += 1) {
        const each = running[(turn + round) % running.length];
        if (each === undefined) continue;
        const sample = await measure(each.running, body, {
          ...driving(options, dir),
          durationMs: warmup ? options.warmupMs : options.measureMs,
        });
        line.push(`${each.alternative.name} ${sample.micros.toFixed(1)}`);
        if (sample.errors > 0) {
          throw new Error(
            `${each.alternative.name}, ${body.name}: ${sample.errors} of ${sample.requests} requests failed, the first with: ${sample.firstError}`,
          );
        }
        const key = keyOf(each.alternative, body);
        if (!warmup) samples.set(key, [...(samples.get(key) ?? []), sample]);
      }
      console.error(`${warmup ? "warm-up" : `round ${round}`}, ${body.name}, µs/request: ${line.join(", ")}`);
    }
  }

  const bare = options.alternatives.find((each) => each.name === "bare");
  const rows = options.bodies.flatMap((body) => {
    const floor = bare === undefined ? [] : (samples.get(keyOf(bare, body)) ?? []);
    return options.alternatives.map((each) =>
      summarize(each.name, body.name, samples.get(keyOf(each, body)) ?? [], floor),
    );
  });
  return report(options, rows);
}

function report(options: Options, rows: readonly Row[]): number {
  const machine = describeMachine(options.generator);
  const verdicts = judge(options.alternatives, rows);
  const perBody = options.bodies.map((body) =>
    formatBody(
      body,
      rows.filter((row) => row.body === body.name),
    ),
  );
  const services = formatServices(rows);
  const rounds = `Medians of ${options.rounds} rounds of ${options.measureMs / 1000} s.`;
  const parts = [
    `${formatMachine(machine)} ${rounds}`,
    ...perBody,
    ...(services === undefined ? [] : [services]),
    ...(verdicts.length === 0 ? [] : [verdicts.map((verdict) => `- ${verdict.text}`).join("\n")]),
  ];
  console.log(`\n${parts.join("\n\n")}\n`);
  if (options.json !== undefined) {
    const limits = Object.fromEntries(options.alternatives.map((each) => [each.name, each.limit]));
    writeFileSync(options.json, `${JSON.stringify({ machine, rounds: options.rounds, limits, rows }, undefined, 2)}\n`);
  }
  return verdicts.every((verdict) => verdict.held) ? 0 : 1;
}

async function runProfiles(options: Options, dir: string, start: StartAlternative): Promise<number> {
  const keep = options.keep ?? dir;
  for (const alternative of options.alternatives) {
    const profileDir = join(keep, "profiles", alternative.name);
    mkdirSync(profileDir, { recursive: true });
    const running = await start(alternative, profileDir);
    const windows: { body: Body; fromMicros: number; toMicros: number; sample: Sample }[] = [];
    for (const body of options.bodies) {
      await measure(running, body, { ...driving(options, dir), durationMs: options.warmupMs });
      const fromMicros = monotonicMicros();
      const sample = await measure(running, body, { ...driving(options, dir), durationMs: options.measureMs });
      windows.push({ body, fromMicros, toMicros: monotonicMicros(), sample });
    }
    await running.stop();
    for (const { body, sample, ...window } of windows) {
      console.log(`\n## ${alternative.name}, ${body.name}: ${sample.requests} requests\n`);
      for (const [service, pid] of Object.entries(running.pids)) {
        const profile = readProfile(profileDir, pid);
        const cpuMicros = sample.microsByService[service] ?? 0;
        console.log(
          profile === undefined
            ? `### ${service}: left no profile in ${profileDir}\n`
            : `${formatProfile(service, summarizeProfile(profile, window), sample.requests, cpuMicros)}\n`,
        );
      }
    }
  }
  return 0;
}

function driving(options: Options, dir: string) {
  return {
    generator: options.generator,
    key: virtualKey,
    dir,
    ...(options.connections === undefined ? {} : { connections: options.connections }),
  };
}

function once(call: () => Promise<void>): () => Promise<void> {
  let called: Promise<void> | undefined;
  return () => {
    called ??= call();
    return called;
  };
}

/** Undefined: help is wanted. */
function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      bodies: { type: "string" },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string" },
      warmup: { type: "string" },
      connections: { type: "string" },
      load: { type: "string" },
      json: { type: "string" },
      profile: { type: "boolean", default: false },
      keep: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const profile = values.profile;
  return {
    alternatives: pick("--only", alternatives, values.only),
    bodies: pick("--bodies", bodies, values.bodies ?? (profile ? "1k" : undefined)),
    rounds: positive("--rounds", values.rounds),
    measureMs: positive("--seconds", values.seconds ?? (profile ? "5" : "2.5")) * 1000,
    warmupMs: positive("--warmup", values.warmup ?? "5") * 1000,
    connections: values.connections === undefined ? undefined : positive("--connections", values.connections),
    generator: values.load === undefined ? chooseGenerator() : readGenerator(values.load),
    json: values.json,
    profile,
    keep: values.keep,
  };
}

function pick<T extends { readonly name: string }>(
  option: string,
  from: readonly T[],
  wanted: string | undefined,
): T[] {
  if (wanted === undefined) return [...from];
  return wanted.split(",").map((name) => {
    const found = from.find((each) => each.name === name);
    if (found !== undefined) return found;
    throw new Error(`${option} names "${name}", expected some of ${from.map((each) => each.name).join(", ")}`);
  });
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error(`${option} is "${text}", expected a number above 0`);
}

function readGenerator(text: string): Generator {
  if (text === "own" || text === "wrk") return text;
  throw new Error(`--load is "${text}", expected own or wrk`);
}
