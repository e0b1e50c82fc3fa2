import path from "node:path";
import { type NatsServer, startNatsServer } from "@sluice/events";
import { sharedServices } from "./services/shared-services.ts";
import { makeThrowawayFolder } from "./services/throwaway-folder.ts";

/**
 * A nats-server of one's own, empty: to fill, `kill()` and `restart()`. Its files go on dispose. It starts in some 30 ms, so
 * tests share none: streams of the same name and subjects do not meet.
 */
export async function startTestNats(options: { readonly token?: string } = {}): Promise<NatsServer> {
  const { path: binary } = await sharedServices().natsServer();
  const folder = makeThrowawayFolder();
  try {
    const server = await startNatsServer({ binary, storeDir: path.join(folder.path, "store"), ...options });
    return {
      url: server.url,
      port: server.port,
      get pid() {
        return server.pid;
      },
      stop: () => server.stop(),
      kill: () => server.kill(),
      restart: () => server.restart(),
      async [Symbol.asyncDispose]() {
        await server.stop();
        folder[Symbol.dispose]();
      },
    };
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
}
