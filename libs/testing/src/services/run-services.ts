import path from "node:path";
import { type NatsServerBinary, obtainNatsServer } from "@sluice/events";
import { type EmbeddedPostgres, startPostgres } from "@sluice/postgres";
import { dropRunDatabases, removeLeftoverDatabases } from "./databases.ts";
import { makeThrowawayFolder } from "./throwaway-folder.ts";

/** What the tests of one run share. Each part is made when first asked for. */
export interface RunServices extends AsyncDisposable {
  /** Distinguishes the databases of this run from another run's. */
  readonly run: string;
  /** URL of a superuser, who may create databases. */
  postgresUrl(): Promise<string>;
  natsServer(): Promise<NatsServerBinary>;
}

const REPOSITORY = path.resolve(import.meta.dirname, "../../../..");

export function createRunServices(env: Readonly<Record<string, string | undefined>>): RunServices {
  const run = `${Math.floor(Date.now() / 1000).toString(36)}${Math.floor(Math.random() * 36 ** 4).toString(36)}`;
  const folder = makeThrowawayFolder();
  let server: Promise<EmbeddedPostgres> | undefined;
  let leftovers: Promise<void> | undefined;
  let natsServer: Promise<NatsServerBinary> | undefined;
  const given = env["DATABASE_URL"];
  return {
    run,
    async postgresUrl() {
      if (given) {
        leftovers ??= removeLeftoverDatabases(given);
        await leftovers;
        return given;
      }
      server ??= startPostgres({
        dataDir: path.join(folder.path, "postgres"),
        durability: "none",
        settings: { max_connections: "300", shared_buffers: "64MB" },
      });
      return (await server).url;
    },
    natsServer() {
      natsServer ??= obtainNatsServer({ toolsDir: path.join(REPOSITORY, ".tools"), env, log: console.log });
      return natsServer;
    },
    async [Symbol.asyncDispose]() {
      try {
        if (leftovers !== undefined && given) await dropRunDatabases(given, run);
        await (await server)?.stop();
      } finally {
        folder[Symbol.dispose]();
      }
    },
  };
}
