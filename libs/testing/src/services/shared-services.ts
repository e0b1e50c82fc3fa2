import type { NatsServerBinary } from "@sluice/events";
import { createRunServices, type RunServices } from "./run-services.ts";

/** URL under which the run's main process hands out its services; set by the global setup of vitest. */
export const SERVICES_VARIABLE = "SLUICE_TEST_SERVICES";

export type SharedServices = Pick<RunServices, "run" | "postgresUrl" | "natsServer">;

let ofThisProcess: RunServices | undefined;

/** The run's services; outside of a run those of this process, which end with it. */
export function sharedServices(): SharedServices {
  const url = process.env[SERVICES_VARIABLE];
  if (url === undefined) {
    ofThisProcess ??= createRunServices(process.env);
    return ofThisProcess;
  }
  return {
    run: new URL(url).pathname.slice(1),
    postgresUrl: async () => (await ask<{ url: string }>(`${url}/postgres`)).url,
    natsServer: () => ask<NatsServerBinary>(`${url}/nats-server`),
  };
}

/** Long enough for a first download. */
const ANSWER_TIMEOUT_MS = 180_000;

async function ask<Answer>(url: string): Promise<Answer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text) as Answer;
}
