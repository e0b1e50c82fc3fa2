import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { alternatives, virtualKey } from "./hot-path/alternatives.ts";
import { type Body, chunkCount, requestOf } from "./hot-path/bodies.ts";
import { chooseGenerator } from "./hot-path/drive.ts";
import { measure, median, type Sample } from "./hot-path/measure.ts";
import { descendantsOf, gatewayCore, otherCore, pin, readUrl, startNode, unpinned } from "./hot-path/processes.ts";
import { describeMachine, formatMachine } from "./hot-path/report.ts";

// What translation costs: CPU of standalone for a request that is translated, against one of the same client dialect that passes through, in
// the same run.

const usage = `npm run bench -- translation [options]

  --rounds 5      rounds, in each of which every crossing is measured
  --seconds 2.5   how long each is measured in a round
  --warmup 5      seconds of load on each before the first round
`;

/** The most CPU of a translated unary request, as a multiple of one that passes through. */
const unaryLimit = 1.6;

const clients = [
  {
    dialect: "openai.chat",
    path: "/v1/chat/completions",
    ownModel: "openai/gpt-4o-mini",
    foreignModel: "anthropic/claude-haiku-4-5",
  },
  {
    dialect: "anthropic.messages",
    path: "/v1/messages",
    ownModel: "anthropic/claude-haiku-4-5",
    foreignModel: "openai/gpt-4o-mini",
  },
] as const;

interface Crossing {
  readonly name: string;
  readonly path: string;
  readonly body: Body;
  /** The crossing it is compared with. Undefined: it passes through. */
  readonly against: string | undefined;
}

function crossingsOf(streams: boolean): Crossing[] {
  const kind = streams ? "stream" : "1k";
  return clients.flatMap(({ dialect, path, ownModel, foreignModel }) => {
    const more = (model: string) => ({
      model,
      ...(streams ? { stream: true } : {}),
      ...(streams && dialect === "openai.chat" ? { stream_options: { include_usage: true } } : {}),
    });
    const body = (model: string, suffix: string): Body => ({
      name: `${dialect}-${suffix}-${kind}`,
      title: "",
      streams,
      connections: streams ? 64 : 32,
      bytes: requestOf(3, 1_024, more(model)),
    });
    const pass = { name: `${dialect} passes through, ${kind}`, path, body: body(ownModel, "pass"), against: undefined };
    const translated = {
      name: `${dialect} is translated, ${kind}`,
      path,
      body: body(foreignModel, "translated"),
      against: pass.name,
    };
    return [pass, translated];
  });
}

export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "2.5" },
      warmup: { type: "string", default: "5" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const rounds = Number(values.rounds);
  const standalone = alternatives.find((each) => each.name === "standalone");
  if (standalone === undefined || !(rounds > 0)) throw new Error("--rounds must be a number above 0");
  if (unpinned !== undefined) console.error(`nothing is pinned to a core: ${unpinned}`);
  const dir = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  chmodSync(dir, 0o755);
  const stops: (() => Promise<void>)[] = [];
  try {
    pin([process.pid], otherCore);
    const helpers = await Promise.all(
      ["mock-upstream.ts", "otlp-sink.ts"].map((script) =>
        startNode([join(import.meta.dirname, script)], process.env, readUrl),
      ),
    );
    for (const helper of helpers) {
      stops.push(() => helper.stop());
      pin([helper.pid], otherCore);
    }
    const [upstream, otlp] = helpers.map((helper) => helper.said);
    const running = await standalone.start({
      upstreamUrl: upstream ?? "",
      otlpUrl: otlp ?? "",
      dir: join(dir, "standalone"),
      profileDir: undefined,
    });
    stops.push(() => running.stop());
    pin(descendantsOf(running.root), otherCore);
    pin(Object.values(running.pids), gatewayCore);

    const crossings = [...crossingsOf(false), ...crossingsOf(true)];
    const samples = new Map<string, Sample[]>(crossings.map((crossing) => [crossing.name, []]));
    const generator = chooseGenerator();
    for (let round = 0; round <= rounds; round += 1) {
      for (const { name, body, path } of crossings) {
        const seconds = Number(round === 0 ? values.warmup : values.seconds);
        const options = { generator, key: virtualKey, dir, path, durationMs: seconds * 1000 };
        const sample = await measure(running, body, options);
        if (sample.errors > 0)
          throw new Error(`${name}: ${sample.errors} requests failed, the first: ${sample.firstError}`);
        if (round > 0) samples.get(name)?.push(sample);
        console.error(`${round === 0 ? "warm-up" : `round ${round}`}, ${name}: ${sample.micros.toFixed(1)} µs/request`);
      }
    }
    return report(crossings, samples, `${formatMachine(describeMachine(generator))} Medians of ${rounds} rounds.`);
  } finally {
    for (const stop of stops.reverse()) await stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

function report(
  crossings: readonly Crossing[],
  samples: ReadonlyMap<string, readonly Sample[]>,
  machine: string,
): number {
  const microsOf = (name: string) => (samples.get(name) ?? []).map((sample) => sample.micros);
  let held = true;
  const rows = crossings.map(({ name, body, against }) => {
    const micros = median(microsOf(name));
    const perChunk = body.streams ? (micros / chunkCount).toFixed(2) : "";
    if (against === undefined) return `| ${name} | ${micros.toFixed(1)} | ${perChunk} | |`;
    const floor = microsOf(against);
    const ratio = median(microsOf(name).map((each, round) => each / (floor[round] ?? Number.NaN)));
    if (!body.streams && !(ratio <= unaryLimit)) held = false;
    return `| ${name} | ${micros.toFixed(1)} | ${perChunk} | ${ratio.toFixed(2)} |`;
  });
  console.log(
    `\n${machine}\n\n| crossing | CPU µs/request | CPU µs/chunk | ratio |\n| --- | ---: | ---: | ---: |\n${rows.join("\n")}\n`,
  );
  console.log(
    `- a translated unary 1k request costs at most ${unaryLimit} times one that passes through: ${held ? "held" : "NOT held"}\n`,
  );
  return held ? 0 : 1;
}
