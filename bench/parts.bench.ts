import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { chooseGenerator } from "./hot-path/drive.ts";
import { gatewayCore, pin, unpinned } from "./hot-path/processes.ts";
import { describeMachine, formatTable } from "./hot-path/report.ts";
import { callParts } from "./parts/calls.ts";
import { dialectParts } from "./parts/dialect.ts";
import { governanceParts } from "./parts/governance.ts";
import { recordParts } from "./parts/record.ts";
import { telemetryParts } from "./parts/telemetry.ts";
import type { Part } from "./parts/time.ts";

/** `npm run bench -- parts [--json FILE]`: what each piece of the hot path costs by itself. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: "string" } } });
  pin([process.pid], gatewayCore);
  const groups: readonly (readonly [string, readonly Part[]])[] = [
    ["dialect", dialectParts()],
    ["governance", governanceParts()],
    ["record", await recordParts()],
    ["calls between services (client and server together)", await callParts()],
    ["telemetry", telemetryParts()],
  ];
  const machine = describeMachine(chooseGenerator());
  const pinned = unpinned === undefined ? "on core 0" : `not pinned: ${unpinned}`;
  console.log(`${machine.date}, commit ${machine.commit}, Node ${machine.node}, ${machine.cpu}, ${pinned}.`);
  for (const [title, parts] of groups) {
    const lines = parts.map((part) => [part.name, part.micros.toFixed(part.micros < 1 ? 3 : 1)]);
    console.log(`\n${formatTable([title, "CPU µs"], lines)}`);
  }
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ machine, parts: Object.fromEntries(groups) }, undefined, 2)}\n`);
  }
  return 0;
}
