import type { AddressInfo, Server } from "node:net";

/** Listens on a free port, says where in one line of JSON, and ends on SIGTERM or with its parent. */
export function announce(server: Server): void {
  server.listen(0, "127.0.0.1", () => {
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
  });
  const end = () => process.exit(0);
  process.once("SIGTERM", end);
  process.stdin.on("end", end).on("error", end).resume();
}
