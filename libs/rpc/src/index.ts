export type { CallOptions, Client, HandlerContext, ServiceImpl, Transport } from "@connectrpc/connect";
export { Code, ConnectError } from "@connectrpc/connect";
export { callerOf } from "./call/caller.ts";
export { traceOf, withTrace } from "./call/trace.ts";
export { createClient } from "./client/client.ts";
export { createDirectTransport, type DirectTransportOptions } from "./client/direct-transport.ts";
export { type ClosableTransport, createFastTransport, type FastTransportOptions } from "./client/fast-transport.ts";
export { createStockTransport, type StockTransportOptions } from "./client/stock-transport.ts";
export { type RpcErrorInit, readErrorInfo, rpcError } from "./error.ts";
export { implement, type MethodOptions, pathOf, type RpcMethod, type RpcRegistration } from "./registration.ts";
export type { AccessPolicy, AllowedCaller, CallerIdentity } from "./server/access.ts";
export { type Listener, type ListenOptions, listen, type RequestHandler } from "./server/listen.ts";
export {
  createRpcHandler,
  isRpcPath,
  type RpcHandler,
  type RpcHandlerOptions,
  type RpcLimits,
} from "./server/rpc-handler.ts";
export { createHealthService } from "./services/health.ts";
export { createReflectionServices } from "./services/reflection.ts";
