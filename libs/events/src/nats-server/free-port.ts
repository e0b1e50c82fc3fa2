import { createServer } from "node:net";

/** A port of 127.0.0.1 that was free a moment ago; another process may still take it first. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no port: the probe has no TCP address"));
        else resolve(address.port);
      });
    });
  });
}
