import { createServer, type Server } from "node:http";
import { createRunServices, type RunServices } from "./services/run-services.ts";
import { SERVICES_VARIABLE } from "./services/shared-services.ts";

/**
 * Global setup of vitest: one Postgres and one nats-server binary per run, for all workers. Both are made when the first
 * test asks; a run that needs neither starts nothing.
 */
let started: { readonly services: RunServices; readonly server: Server } | undefined;

export async function setup(): Promise<void> {
  // Set already: another project of the same run was first.
  if (process.env[SERVICES_VARIABLE] !== undefined) return;
  const services = createRunServices(process.env);
  const server = createServer((request, response) => {
    answer(services, request.url ?? "").then(
      (value) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server of the run has no port");
  process.env[SERVICES_VARIABLE] = `http://127.0.0.1:${address.port}/${services.run}`;
  started = { services, server };
}

export async function teardown(): Promise<void> {
  if (started === undefined) return;
  const { services, server } = started;
  started = undefined;
  delete process.env[SERVICES_VARIABLE];
  server.closeAllConnections();
  server.close();
  await services[Symbol.asyncDispose]();
}

async function answer(services: RunServices, url: string): Promise<unknown> {
  switch (url) {
    case `/${services.run}/postgres`:
      return { url: await services.postgresUrl() };
    case `/${services.run}/nats-server`:
      return services.natsServer();
    default:
      throw new Error(`no such service: ${url}`);
  }
}
