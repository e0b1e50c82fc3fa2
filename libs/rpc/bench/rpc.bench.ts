/**
 * What a call costs: CPU microseconds of both processes together, in a closed loop.
 * `node libs/rpc/bench/rpc.bench.ts [unary calls]`. Compare only figures of one run; below 10 % there is no difference.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { decideTrace, silentLogger } from "@sluice/runtime";
import {
  createClient,
  createDirectTransport,
  createFastTransport,
  createStockTransport,
  type Transport,
  withTrace,
} from "../src/index.ts";
import { completeRequest, createAdapter, messagesPerStream, streamRequest } from "./adapter.ts";

const unaryCalls = Number(process.argv[2] ?? 20_000);
const inFlight = 32;
const rounds = 3;

type CpuMicros = () => Promise<number>;

function print(name: string, clientMicros: number, serverMicros: number): void {
  const sum = (clientMicros + serverMicros).toFixed(1).padStart(8);
  const parts = `client ${clientMicros.toFixed(1)}, server ${serverMicros.toFixed(1)}`;
  process.stdout.write(`${name.padEnd(44)}${sum} µs  (${parts})\n`);
}

/** Runs calls, `inFlight` at a time, and prints the median round. */
async function measure(name: string, calls: number, server: CpuMicros, call: () => Promise<unknown>): Promise<void> {
  const loop = async (count: number) => {
    for (let index = 0; index < count; index += 1) await call();
  };
  const run = (count: number) => Promise.all(Array.from({ length: inFlight }, () => loop(Math.ceil(count / inFlight))));
  await run(calls / 2);
  const results: { client: number; server: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await server();
    const before = process.cpuUsage();
    await run(calls);
    const { user, system } = process.cpuUsage(before);
    results.push({ client: (user + system) / calls, server: (await server()) / calls });
  }
  results.sort((a, b) => a.client + a.server - b.client - b.server);
  const median = results[Math.floor(rounds / 2)];
  if (median !== undefined) print(name, median.client, median.server);
}

async function drain(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages);
}

async function measureTransport(name: string, transport: Transport, server: CpuMicros, calls: number): Promise<void> {
  const client = createClient(ProviderAdapterService, transport);
  await measure(`${name}: unary`, calls, server, () => client.complete(completeRequest));
  await measure(`${name}: unary in an unsampled trace`, calls, server, () =>
    client.complete(completeRequest, withTrace(decideTrace())),
  );
  const streams = Math.ceil(calls / 20);
  await measure(`${name}: stream of ${messagesPerStream}`, streams, server, () => drain(client.stream(streamRequest)));
}

function cpuOf(child: ChildProcess): CpuMicros {
  return async () => {
    const answer = once(child, "message");
    child.send("cpu");
    const [{ cpuMicros }] = (await answer) as [{ cpuMicros: number }];
    return cpuMicros;
  };
}

for (const validate of ["on", "off"] as const) {
  const direct = createDirectTransport({
    registrations: [createAdapter(validate)],
    logger: silentLogger,
    serviceName: "sluice.bench",
  });
  await measureTransport(`direct, validation ${validate}`, direct, async () => 0, unaryCalls * 5);
}
for (const validate of ["on", "off"] as const) {
  const child = fork(new URL("./serve.ts", import.meta.url), [validate]);
  const [{ url }] = (await once(child, "message")) as [{ url: string }];
  const options = { baseUrl: url, meshSecret: "secret-of-the-bench", serviceName: "sluice.bench" };
  await using fast = createFastTransport({ ...options, connections: inFlight });
  await using stock = createStockTransport(options);
  await measureTransport(`fast, validation ${validate}`, fast, cpuOf(child), unaryCalls);
  await measureTransport(`connect-node h2c, validation ${validate}`, stock, cpuOf(child), unaryCalls / 5);
  child.kill();
}
