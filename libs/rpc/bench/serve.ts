import { silentLogger } from "@sluice/runtime";
import { createRpcHandler, listen } from "../src/index.ts";
import { createAdapter } from "./adapter.ts";

/** The server's process: tells its address, then, whenever asked, the CPU microseconds it has used since the last time. */
const listener = await listen({
  port: 0,
  logger: silentLogger,
  handler: createRpcHandler({
    services: [createAdapter(process.argv[2] === "off" ? "off" : "on")],
    access: { rules: { "sluice.provider.v1.ProviderAdapterService": "mesh" }, meshSecret: "secret-of-the-bench" },
    logger: silentLogger,
    serviceName: "sluice.bench",
  }),
});
process.send?.({ url: listener.url });

let before = process.cpuUsage();
process.on("message", () => {
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  process.send?.({ cpuMicros: user + system });
});
