import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { DescService } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { silentLogger } from "@sluice/runtime";
import {
  type ClosableTransport,
  createDirectTransport,
  createFastTransport,
  createRpcHandler,
  createStockTransport,
  listen,
  type RpcRegistration,
  type ServiceImpl,
  type StockTransportOptions,
  type Transport,
} from "../src/index.ts";
import { createScriptedServices, type Script } from "./scripted-services.ts";

export const meshSecret = "mesh-secret-of-the-tests";

export interface LaneOptions {
  readonly serverLimits?: { readonly readMaxBytes?: number; readonly writeMaxBytes?: number };
  readonly clientLimits?: { readonly maxRequestBytes?: number; readonly maxResponseBytes?: number };
  readonly connections?: number;
  readonly validateStream?: "on" | "off";
}

export interface OpenLane extends AsyncDisposable {
  readonly transport: Transport;
  /** Ends the server as a crash would: every connection is destroyed. */
  kill(): Promise<void>;
}

/** One way from a client to a handler. */
export interface Lane {
  readonly name: string;
  /** Whether bytes travel: limits on their size hold, and connections can break. */
  readonly wire: boolean;
  /** Whether the server is ours: access, validation and ErrorInfo are its doing. */
  readonly kitServer: boolean;
  open(script: Script, options?: LaneOptions): Promise<OpenLane>;
}

function registrationsOf(script: Script, options: LaneOptions): RpcRegistration[] {
  return createScriptedServices(script, { stream: { validate: options.validateStream ?? "on" } });
}

const direct: Lane = {
  name: "direct",
  wire: false,
  kitServer: true,
  async open(script, options = {}) {
    const transport = createDirectTransport({
      registrations: registrationsOf(script, options),
      logger: silentLogger,
      serviceName: "sluice.test",
    });
    return { transport, kill: async () => {}, [Symbol.asyncDispose]: async () => {} };
  },
};

async function serveKit(script: Script, options: LaneOptions) {
  const listener = await listen({
    port: 0,
    logger: silentLogger,
    handler: createRpcHandler({
      services: registrationsOf(script, options),
      access: {
        rules: { "sluice.billing.v1.BillingService": "mesh", "sluice.provider.v1.ProviderAdapterService": "mesh" },
        meshSecret,
      },
      limits: options.serverLimits ?? {},
      logger: silentLogger,
      serviceName: "sluice.test",
    }),
  });
  return { url: listener.url, kill: () => listener.close({ deadlineMs: 0 }) };
}

/** connect-node alone, as a third party would run it. */
async function serveStock(script: Script, options: LaneOptions) {
  const handler = connectNodeAdapter({
    ...options.serverLimits,
    routes(router) {
      for (const { service, methods } of registrationsOf(script, options)) {
        const implementation = Object.fromEntries(methods.map(({ method, handle }) => [method.localName, handle]));
        router.service(service, implementation as unknown as ServiceImpl<DescService>);
      }
    },
  });
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const kill = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, kill };
}

function wireLane(
  name: string,
  serve: typeof serveKit,
  connect: (url: string, options: LaneOptions) => ClosableTransport,
): Lane {
  return {
    name,
    wire: true,
    kitServer: serve === serveKit,
    async open(script, options = {}) {
      const server = await serve(script, options);
      const transport = connect(server.url, options);
      let killed: Promise<void> | undefined;
      const kill = () => {
        killed ??= server.kill();
        return killed;
      };
      return {
        transport,
        kill,
        async [Symbol.asyncDispose]() {
          await transport.close();
          await kill();
        },
      };
    },
  };
}

function fast(baseUrl: string, options: LaneOptions): ClosableTransport {
  return createFastTransport({
    baseUrl,
    meshSecret,
    serviceName: "sluice.test",
    connections: options.connections ?? 16,
    ...options.clientLimits,
  });
}

function stock(protocol: Partial<StockTransportOptions>) {
  return (baseUrl: string, options: LaneOptions) =>
    createStockTransport({ baseUrl, meshSecret, serviceName: "sluice.test", ...protocol, ...options.clientLimits });
}

export const lanes: readonly Lane[] = [
  direct,
  wireLane("fast client, fast server", serveKit, fast),
  wireLane("stock client (connect, HTTP/1.1), fast server", serveKit, stock({ httpVersion: "1.1" })),
  wireLane("fast client, stock server", serveStock, fast),
  wireLane("connect over h2c", serveKit, stock({ httpVersion: "2" })),
  wireLane("connect JSON over HTTP/1.1", serveKit, stock({ httpVersion: "1.1", json: true })),
  wireLane("gRPC", serveKit, stock({ protocol: "grpc" })),
  wireLane("gRPC-Web over HTTP/1.1", serveKit, stock({ protocol: "grpc-web", httpVersion: "1.1" })),
];
