import { createServer } from "node:net";
import { expect, test } from "vitest";
import { findFreePorts } from "./free-ports.ts";

test("gives different ports, outside the range that systems hand out, that can be listened on", async () => {
  const ports = await findFreePorts(8);
  expect(new Set(ports).size).toBe(8);
  for (const port of ports) {
    expect(port).toBeGreaterThanOrEqual(10_000);
    expect(port).toBeLessThan(30_000);
    const server = createServer();
    await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", () => resolve(port)));
    await new Promise((resolve) => server.close(resolve));
  }
});
