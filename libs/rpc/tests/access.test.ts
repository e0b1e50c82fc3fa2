import { BillingService } from "@sluice/api/sluice/billing/v1/billing_service";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { silentLogger } from "@sluice/runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ClosableTransport,
  Code,
  callerOf,
  createClient,
  createFastTransport,
  createRpcHandler,
  createStockTransport,
  type Listener,
  listen,
  readErrorInfo,
} from "../src/index.ts";
import { failureOf } from "./failure.ts";
import { collect, createScript, createScriptedServices, streamRequest } from "./scripted-services.ts";

let listener: Listener;
let calls = 0;

beforeAll(async () => {
  const script = createScript({
    unary: (_request, context) => {
      calls += 1;
      return { nextPageToken: callerOf(context).kind };
    },
  });
  listener = await listen({
    port: 0,
    logger: silentLogger,
    handler: createRpcHandler({
      services: createScriptedServices(script),
      access: {
        rules: {
          "sluice.billing.v1.BillingService": ["mesh", "admin"],
          "sluice.provider.v1.ProviderAdapterService": "mesh",
        },
        meshSecret: "the-mesh",
        adminToken: "the-operator",
      },
      logger: silentLogger,
      serviceName: "sluice.test",
    }),
  });
});

afterAll(() => listener.close({ deadlineMs: 0 }));

type Connect = (meshSecret: string | undefined) => ClosableTransport;

function options(meshSecret: string | undefined) {
  return { baseUrl: listener.url, serviceName: "sluice.test", ...(meshSecret === undefined ? {} : { meshSecret }) };
}

const ways: [string, Connect][] = [
  ["fast", (secret) => createFastTransport(options(secret))],
  ["connect over h2c", (secret) => createStockTransport(options(secret))],
  ["connect JSON", (secret) => createStockTransport({ ...options(secret), json: true, httpVersion: "1.1" })],
  ["gRPC", (secret) => createStockTransport({ ...options(secret), protocol: "grpc" })],
  ["gRPC-Web", (secret) => createStockTransport({ ...options(secret), protocol: "grpc-web", httpVersion: "1.1" })],
];

describe.each(ways)("over %s", (_name, connect) => {
  test.each([undefined, "wrong", "the-mes", "the-mesh2"])("secret %j is refused before the handler", async (secret) => {
    await using transport = connect(secret);
    const before = calls;
    const error = await failureOf(createClient(BillingService, transport).querySpend({}));
    expect(error.code).toBe(Code.Unauthenticated);
    expect(readErrorInfo(error)).toMatchObject({ reason: ErrorReason.MESH_UNAUTHENTICATED, fault: Fault.CALLER });
    expect(calls).toBe(before);
  });

  test("a stream is refused likewise", async () => {
    await using transport = connect("wrong");
    const error = await failureOf(collect(createClient(ProviderAdapterService, transport).stream(streamRequest())));
    expect(error.code).toBe(Code.Unauthenticated);
    expect(readErrorInfo(error)?.reason).toBe(ErrorReason.MESH_UNAUTHENTICATED);
  });

  test("the mesh may call both, the operator the one", async () => {
    await using mesh = connect("the-mesh");
    await using operator = connect("the-operator");
    expect((await createClient(BillingService, mesh).querySpend({})).nextPageToken).toBe("mesh");
    expect((await createClient(BillingService, operator).querySpend({})).nextPageToken).toBe("admin");
    expect(await collect(createClient(ProviderAdapterService, mesh).stream(streamRequest()))).toHaveLength(2);
    const error = await failureOf(collect(createClient(ProviderAdapterService, operator).stream(streamRequest())));
    expect(error.code).toBe(Code.PermissionDenied);
    expect(readErrorInfo(error)?.reason).toBe(ErrorReason.PERMISSION_DENIED);
  });
});
