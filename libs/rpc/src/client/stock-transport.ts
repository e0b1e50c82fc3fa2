import { Agent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { DescMethod } from "@bufbuild/protobuf";
import type { ConnectError, ContextValues, Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { type Histogram, traceparentOf } from "@sluice/runtime";
import { clientDurations, MethodDurations } from "../call/durations.ts";
import { endCallSpan, spanShape, startCallSpan } from "../call/span.ts";
import { traceIn } from "../call/trace.ts";
import { pathOf } from "../registration.ts";
import { canceled, deadlineExceeded } from "../wire/fault.ts";
import type { HeaderInit } from "../wire/headers.ts";
import { createDefaultTimeouts, timeoutOf } from "./call-limit.ts";
import type { ClosableTransport } from "./fast-transport.ts";
import { reportStock } from "./report-stock.ts";
import { cancelOnReturn } from "./stock-stream.ts";

export interface StockTransportOptions {
  /** May have a path. */
  readonly baseUrl: string;
  /** Default "connect". */
  readonly protocol?: "connect" | "grpc" | "grpc-web";
  /** Default "2". gRPC has no other. */
  readonly httpVersion?: "1.1" | "2";
  /** JSON instead of binary. Default false. */
  readonly json?: boolean;
  /** Sent as `authorization: Bearer`: the mesh secret, or the credentials of a third party's service. */
  readonly meshSecret?: string;
  /** The largest message taken. Default 64 MiB. Beyond: resource_exhausted. */
  readonly maxResponseBytes?: number;
  /** The largest message sent. Default 32 MiB. Beyond: resource_exhausted, unsent. */
  readonly maxRequestBytes?: number;
  /** For calls that name no timeout. Default 30 s; streams 1 h. */
  readonly defaultTimeoutMs?: number;
  readonly defaultStreamTimeoutMs?: number;
  /** The part of Sluice that calls, as tracer name: "sluice.router". */
  readonly serviceName: string;
}

const mebibyte = 1024 * 1024;

/** connect-node with compression off, for what the fast transport does not speak: gRPC, gRPC-Web, JSON, HTTP/2, TLS, client and bidi streams. */
export function createStockTransport(options: StockTransportOptions): ClosableTransport {
  const timeouts = createDefaultTimeouts(options.defaultTimeoutMs, options.defaultStreamTimeoutMs);
  const { transport, close } = connect(options);
  const durations = clientDurations();
  const methods = new Map<DescMethod, StockMethod>();

  function begin(desc: DescMethod, header: HeaderInit, values: ContextValues | undefined) {
    let method = methods.get(desc);
    if (method === undefined) {
      method = createMethod(desc, durations, options.serviceName);
      methods.set(desc, method);
    }
    return startCall(method, header, values, options.meshSecret);
  }

  return {
    async unary(desc, signal, timeoutMs, header, input, values) {
      const call = begin(desc, header, values);
      try {
        const limitMs = checkLimits(timeoutOf(timeoutMs, timeouts.unaryMs), signal);
        const response = await transport.unary(desc, signal, limitMs, call.header, input, values);
        call.end(undefined);
        return response;
      } catch (thrown) {
        throw call.end(reportStock(thrown, signal));
      }
    },
    async stream(desc, signal, timeoutMs, header, input, values) {
      const call = begin(desc, header, values);
      const controller = new AbortController();
      const linked = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]);
      try {
        const limitMs = checkLimits(timeoutOf(timeoutMs, timeouts.streamMs), signal);
        const response = await transport.stream(desc, linked, limitMs, call.header, input, values);
        return { ...response, message: cancelOnReturn(response.message, linked, controller, call.end) };
      } catch (thrown) {
        throw call.end(reportStock(thrown, signal));
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface StockMethod {
  readonly durations: MethodDurations;
  readonly span: ReturnType<typeof spanShape>;
}

function createMethod(desc: DescMethod, durations: Histogram, serviceName: string): StockMethod {
  const path = pathOf(desc);
  return { durations: new MethodDurations(durations, path), span: spanShape(serviceName, path) };
}

function startCall(
  method: StockMethod,
  init: HeaderInit,
  values: ContextValues | undefined,
  meshSecret: string | undefined,
) {
  const startMs = performance.now();
  const trace = traceIn(values);
  const span = startCallSpan(method.span, "client", trace);
  const header = new Headers(init);
  if (meshSecret !== undefined) header.set("authorization", `Bearer ${meshSecret}`);
  if (trace !== undefined) {
    header.set("traceparent", traceparentOf(span ?? trace));
    if (trace.tracestate !== undefined) header.set("tracestate", trace.tracestate);
  }
  let ended = false;
  return {
    header,
    end<E extends ConnectError | undefined>(error: E): E {
      if (!ended) {
        ended = true;
        method.durations.record(error, startMs);
        endCallSpan(span, error);
      }
      return error;
    },
  };
}

/** Throws where the call is over before it begins. */
function checkLimits(timeoutMs: number | undefined, signal: AbortSignal | undefined): number {
  if (signal?.aborted === true) throw canceled(signal.reason);
  if (timeoutMs !== undefined && timeoutMs <= 0) throw deadlineExceeded();
  return timeoutMs === undefined ? 0 : Math.ceil(timeoutMs);
}

function connect(options: StockTransportOptions): { readonly transport: Transport; close(): Promise<void> } {
  const { baseUrl, protocol = "connect", httpVersion = "2" } = options;
  const common = {
    baseUrl,
    useBinaryFormat: options.json !== true,
    acceptCompression: [],
    readMaxBytes: options.maxResponseBytes ?? 64 * mebibyte,
    writeMaxBytes: options.maxRequestBytes ?? 32 * mebibyte,
  };
  const create = { connect: createConnectTransport, "grpc-web": createGrpcWebTransport }[
    protocol === "grpc" ? "connect" : protocol
  ];
  if (httpVersion === "1.1") {
    if (protocol === "grpc") throw new Error("gRPC needs HTTP/2: leave httpVersion out or set it to 2");
    const agent = new (new URL(baseUrl).protocol === "https:" ? HttpsAgent : Agent)({ keepAlive: true });
    const transport = create({ ...common, httpVersion, nodeOptions: { agent } });
    return { transport, close: () => Promise.resolve(agent.destroy()) };
  }
  const sessionManager = new Http2SessionManager(baseUrl);
  const transport =
    protocol === "grpc"
      ? createGrpcTransport({ ...common, sessionManager })
      : create({ ...common, httpVersion, sessionManager });
  return { transport, close: () => Promise.resolve(sessionManager.abort()) };
}
