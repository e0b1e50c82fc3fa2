import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startTelemetry } from "@sluice/runtime";
import { expect, test } from "vitest";
import { createBillingDatabase, createEvent, createFakePolicy, startBilling } from "./billing-under-test.ts";

const sampled = "0af7651916cd43dd8448eb211c80319c";
const unsampled = "1bf7651916cd43dd8448eb211c80319d";

test("a booked event leaves one span in its own trace, where that is sampled", async () => {
  await using stack = new AsyncDisposableStack();
  const bodies: Buffer[] = [];
  const collector = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => bodies.push(chunk));
    request.on("end", () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  stack.defer(() => void collector.close());
  const { port } = collector.address() as AddressInfo;
  const telemetry = stack.use(
    startTelemetry({
      serviceName: "sluice-billing",
      version: "0",
      env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${port}/v1/traces` },
    }),
  );
  const database = stack.use(await createBillingDatabase());
  const billing = stack.use(startBilling({ databaseUrl: database.url, policy: createFakePolicy() }));

  const traced = createEvent({ traceparent: `00-${sampled}-b7ad6b7169203331-01` });
  const quiet = createEvent({ traceparent: `00-${unsampled}-b7ad6b7169203331-00` });
  await billing.client.recordUsage({
    events: [traced, quiet, createEvent(), createEvent({ traceparent: "nonsense" })],
  });
  await billing.client.recordUsage({ events: [traced] });
  const { body } = await telemetry.renderMetrics();
  await telemetry.shutdown();

  const sent = Buffer.concat(bodies);
  const count = (needle: Buffer) => {
    let found = 0;
    for (let at = sent.indexOf(needle); at >= 0; at = sent.indexOf(needle, at + 1)) found += 1;
    return found;
  };
  expect(count(Buffer.from("process usage.v1.recorded"))).toBe(1);
  expect(count(Buffer.from(sampled, "hex"))).toBeGreaterThanOrEqual(1);
  expect(count(Buffer.from("b7ad6b7169203331", "hex"))).toBe(1);
  expect(count(Buffer.from(unsampled, "hex"))).toBe(0);

  expect(body).toMatch(/sluice_billing_booked\S*\{[^}]*outcome="succeeded"[^}]*\} 4/);
  expect(body).toMatch(/sluice_billing_duplicates\S* 1/);
});
