import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

/** Below what any system hands out by itself: Linux from 32768, others from 49152 (ip(7), RFC 6335 section 6). */
const firstPort = 10_000;
const endPort = 30_000;
const mostTries = 200;

/**
 * Ports of 127.0.0.1 that were free a moment ago, all different. They lie outside the range from which outgoing connections and listeners
 * on port 0 are served: in between, nobody takes one by chance. Throws RangeError where hardly any is free.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  try {
    for (let tries = 0; ports.length < count; tries += 1) {
      if (tries > count + mostTries) throw new RangeError(`no ${count} free ports between ${firstPort} and ${endPort}`);
      const port = randomInt(firstPort, endPort);
      const server = await hold(port);
      if (server === undefined) continue;
      held.push(server);
      ports.push(port);
    }
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
  return ports;
}

/** One such port. */
export async function findFreePort(): Promise<number> {
  const [port] = await findFreePorts(1);
  return port as number;
}

/** Undefined: another has it. */
function hold(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined)).listen(port, "127.0.0.1", () => resolve(server));
  });
}
