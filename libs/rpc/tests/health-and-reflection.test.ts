import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@sluice/api/grpc/health/v1/health";
import { ServerReflection } from "@sluice/api/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@sluice/api/grpc/reflection/v1alpha/reflection";
import { createLifecycle, type Lifecycle, silentLogger } from "@sluice/runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type ClosableTransport,
  Code,
  createClient,
  createHealthService,
  createReflectionServices,
  createRpcHandler,
  createStockTransport,
  type Listener,
  listen,
} from "../src/index.ts";
import { failureOf } from "./failure.ts";
import { createScript, createScriptedServices } from "./scripted-services.ts";

let lifecycle: Lifecycle;
let listener: Listener;
let grpc: ClosableTransport;
let storeState: "ok" | "down";

beforeEach(async () => {
  storeState = "ok";
  lifecycle = createLifecycle({ logger: silentLogger, ownsProcess: false });
  lifecycle.check("store", () => ({ state: storeState }));
  const services = createScriptedServices(createScript());
  listener = await listen({
    port: 0,
    logger: silentLogger,
    handler: createRpcHandler({
      services: [
        ...services,
        createHealthService({ lifecycle, services, intervalMs: 10 }),
        ...createReflectionServices(services),
      ],
      access: {
        rules: { "sluice.billing.v1.BillingService": "public", "sluice.provider.v1.ProviderAdapterService": "mesh" },
        meshSecret: "mesh",
      },
      logger: silentLogger,
      serviceName: "sluice.test",
    }),
  });
  grpc = createStockTransport({ baseUrl: listener.url, protocol: "grpc", serviceName: "sluice.test" });
});

afterEach(async () => {
  await grpc.close();
  await listener.close({ deadlineMs: 0 });
});

describe("health", () => {
  test("follows the lifecycle's readiness, for the process and for each service", async () => {
    const health = createClient(Health, grpc);
    const status = async (service: string) => (await health.check({ service })).status;
    expect(await status("")).toBe(Status.NOT_SERVING);
    lifecycle.ready();
    expect(await status("")).toBe(Status.SERVING);
    expect(await status("sluice.billing.v1.BillingService")).toBe(Status.SERVING);
    storeState = "down";
    expect(await status("")).toBe(Status.NOT_SERVING);
    expect((await failureOf(health.check({ service: "sluice.x.v1.X" }))).code).toBe(Code.NotFound);
  });

  test("a watch tells each change, and ends with NOT_SERVING when draining begins", async () => {
    const seen: Status[] = [];
    const watching = (async () => {
      for await (const { status } of createClient(Health, grpc).watch({})) seen.push(status);
    })();
    await expect.poll(() => seen).toEqual([Status.NOT_SERVING]);
    lifecycle.ready();
    await expect.poll(() => seen).toEqual([Status.NOT_SERVING, Status.SERVING]);
    storeState = "down";
    await expect.poll(() => seen.length).toBe(3);
    storeState = "ok";
    await expect.poll(() => seen.length).toBe(4);
    await lifecycle.drain("test");
    await watching;
    expect(seen).toEqual([Status.NOT_SERVING, Status.SERVING, Status.NOT_SERVING, Status.SERVING, Status.NOT_SERVING]);
  });

  test("a watch of what is not here says so and goes on", async () => {
    for await (const { status } of createClient(Health, grpc).watch({ service: "sluice.x.v1.X" })) {
      expect(status).toBe(Status.SERVICE_UNKNOWN);
      break;
    }
  });
});

describe.each([
  ["v1", ServerReflection],
  ["v1alpha", ServerReflectionAlpha],
] as const)("reflection %s", (_name, service) => {
  type Ask = {
    case: "listServices" | "fileByFilename" | "fileContainingSymbol" | "allExtensionNumbersOfType";
    value: string;
  };

  async function ask(messageRequest: Ask | { case: "fileContainingExtension"; value: object }) {
    const client = createClient(service as typeof ServerReflection, grpc);
    const requests = async function* () {
      yield { messageRequest } as object;
    };
    for await (const { messageResponse } of client.serverReflectionInfo(requests())) return messageResponse;
    throw new Error("no answer");
  }

  async function filesOf(question: Parameters<typeof ask>[0]): Promise<string[]> {
    const answer = await ask(question);
    if (answer.case !== "fileDescriptorResponse") throw new Error(`answer is ${JSON.stringify(answer)}`);
    return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
  }

  test("lists the services", async () => {
    const answer = await ask({ case: "listServices", value: "" });
    if (answer.case !== "listServicesResponse") throw new Error("no list");
    expect(answer.value.service.map(({ name }) => name)).toEqual([
      "sluice.billing.v1.BillingService",
      "sluice.provider.v1.ProviderAdapterService",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
    ]);
  });

  test.each([
    "sluice.billing.v1.BillingService",
    "sluice.billing.v1.BillingService.QuerySpend",
    "sluice.billing.v1.SpendRow",
    "sluice.billing.v1.SpendRow.values",
    "sluice.billing.v1.SpendDimension",
    "sluice.billing.v1.SPEND_DIMENSION_TEAM",
  ])("finds the file of %s, with all it imports", async (value) => {
    const files = await filesOf({ case: "fileContainingSymbol", value });
    expect(files[0]).toBe("sluice/billing/v1/billing_service.proto");
    expect(files).toContain("buf/validate/validate.proto");
    expect(files).toContain("google/protobuf/timestamp.proto");
    expect(files).toContain("google/protobuf/descriptor.proto");
    expect(new Set(files).size).toBe(files.length);
  });

  test("finds files by name and by extension, and lists extensions", async () => {
    expect(await filesOf({ case: "fileByFilename", value: "sluice/common/v1/money.proto" })).toContain(
      "sluice/common/v1/money.proto",
    );
    const value = { containingType: "google.protobuf.FieldOptions", extensionNumber: 1159 };
    expect((await filesOf({ case: "fileContainingExtension", value }))[0]).toBe("buf/validate/validate.proto");
    const numbers = await ask({ case: "allExtensionNumbersOfType", value: "google.protobuf.FieldOptions" });
    if (numbers.case !== "allExtensionNumbersResponse") throw new Error("no numbers");
    expect(numbers.value.extensionNumber).toContain(1159);
  });

  test.each(["fileByFilename", "fileContainingSymbol", "allExtensionNumbersOfType"] as const)(
    "%s of what is not here is an error in the answer",
    async (question) => {
      const answer = await ask({ case: question, value: "sluice.x.v1.X" });
      expect(answer).toMatchObject({ case: "errorResponse", value: { errorCode: Code.NotFound } });
    },
  );
});

describe("buf curl, knowing nothing but the address", () => {
  const buf = fileURLToPath(new URL("../../../node_modules/.bin/buf", import.meta.url));
  const run = promisify(execFile);

  test.each(["connect", "grpc", "grpcweb"])("calls over %s", async (protocol) => {
    const url = `${listener.url}/sluice.billing.v1.BillingService/QuerySpend`;
    const data = '{"team":"research","pageSize":3}';
    const options = ["curl", "--protocol", protocol, "--http2-prior-knowledge", "--data", data, url];
    const { stdout } = await run(buf, options, { timeout: 20_000 });
    expect(JSON.parse(stdout)).toEqual({ nextPageToken: "research/3" });
  });

  test("lists the methods", async () => {
    const { stdout } = await run(buf, ["curl", "--http2-prior-knowledge", "--list-methods", listener.url], {
      timeout: 20_000,
    });
    expect(stdout).toContain("sluice.provider.v1.ProviderAdapterService/Stream");
  });
});
