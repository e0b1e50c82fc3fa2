import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

export type OtlpValue = string | boolean | number | bigint | Uint8Array | readonly OtlpValue[];

/** One span as it came over the wire. */
export interface ReceivedSpan {
  /** Lower-case hex, as in a `traceparent`. */
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined for the root of a trace. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: "unspecified" | "internal" | "server" | "client" | "producer" | "consumer";
  readonly serviceName: string | undefined;
  readonly resource: Readonly<Record<string, OtlpValue>>;
  /** The tracer's name. */
  readonly scope: string;
  readonly startTimeUnixNanos: bigint;
  readonly endTimeUnixNanos: bigint;
  /** Integers are numbers. */
  readonly attributes: Readonly<Record<string, OtlpValue>>;
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, OtlpValue>> }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code: "unset" | "ok" | "error"; readonly message: string };
  readonly tracestate: string;
}

export interface OtlpReceiver extends AsyncDisposable {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  /** All spans since the start or the last clear(), in the order of arrival. */
  readonly spans: readonly ReceivedSpan[];
  /** Requests to /v1/traces, refused ones included. */
  readonly traceRequests: number;
  /** Requests to /v1/metrics. */
  readonly metricRequests: number;
  /** The next requests are answered with this status until it is undefined again. */
  refuseWith(status: number | undefined): void;
  /** Resolves with all spans once `enough` is true of them. Rejects after `timeoutMs`, 5 s by default, naming what came. */
  waitFor(enough: (spans: readonly ReceivedSpan[]) => boolean, timeoutMs?: number): Promise<readonly ReceivedSpan[]>;
  clear(): void;
  close(): Promise<void>;
}

const maxBodyBytes = 64 * 1024 * 1024;

/** A collector for tests: takes OTLP/HTTP protobuf on 127.0.0.1, and keeps the spans. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  let spans: ReceivedSpan[] = [];
  let traceRequests = 0;
  let metricRequests = 0;
  let refusal: number | undefined;
  const wakers = new Set<() => void>();

  const server = createServer((request, response) => {
    readBody(request).then(
      (body) => {
        if (request.url === "/v1/metrics") metricRequests += 1;
        if (request.url === "/v1/traces") {
          traceRequests += 1;
          if (refusal === undefined) spans.push(...decodeTraceRequest(body));
          for (const wake of wakers) wake();
        }
        response.writeHead(refusal ?? 200, { "content-type": "application/x-protobuf" }).end();
      },
      (error: unknown) => response.writeHead(400).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const receiver: OtlpReceiver = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get spans() {
      return spans;
    },
    get traceRequests() {
      return traceRequests;
    },
    get metricRequests() {
      return metricRequests;
    },
    refuseWith(status) {
      refusal = status;
    },
    waitFor(enough, timeoutMs = 5_000) {
      return new Promise((resolve, reject) => {
        const settle = () => {
          clearTimeout(timer);
          wakers.delete(check);
        };
        const check = () => {
          if (!enough(spans)) return;
          settle();
          resolve(spans);
        };
        const timer = setTimeout(() => {
          settle();
          const names = spans.map((span) => `${span.serviceName} ${span.name}`).join(", ");
          reject(new Error(`spans did not come within ${timeoutMs} ms, came: ${names === "" ? "none" : names}`));
        }, timeoutMs);
        wakers.add(check);
        check();
      });
    },
    clear() {
      spans = [];
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
    [Symbol.asyncDispose]: () => receiver.close(),
  };
  return receiver;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let byteLength = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    byteLength += chunk.length;
    if (byteLength > maxBodyBytes) throw new Error(`body above ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
}

/** opentelemetry/proto/collector/trace/v1/trace_service.proto, ExportTraceServiceRequest (OTLP 1.5, seen 2026-11-22). */
export function decodeTraceRequest(bytes: Uint8Array): ReceivedSpan[] {
  const spans: ReceivedSpan[] = [];
  for (const resourceSpans of messages(readFields(bytes), 1)) {
    const resource = attributesOf(messages(resourceSpans, 1).flatMap((message) => messages(message, 1)));
    for (const scopeSpans of messages(resourceSpans, 2)) {
      const scope = messages(scopeSpans, 1).map((message) => text(message, 1))[0] ?? "";
      for (const span of messages(scopeSpans, 2)) spans.push(spanOf(span, resource, scope));
    }
  }
  return spans;
}

const kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
const statusCodes = ["unset", "ok", "error"] as const;

function spanOf(fields: readonly Field[], resource: ReceivedSpan["resource"], scope: string): ReceivedSpan {
  const serviceName = resource["service.name"];
  const parentSpanId = hex(fields, 4);
  const [status] = messages(fields, 15);
  return {
    traceId: hex(fields, 1),
    spanId: hex(fields, 2),
    parentSpanId: parentSpanId === "" ? undefined : parentSpanId,
    name: text(fields, 5),
    kind: kinds[Number(integer(fields, 6))] ?? "unspecified",
    serviceName: typeof serviceName === "string" ? serviceName : undefined,
    resource,
    scope,
    startTimeUnixNanos: integer(fields, 7),
    endTimeUnixNanos: integer(fields, 8),
    attributes: attributesOf(messages(fields, 9)),
    events: messages(fields, 11).map((event) => ({
      name: text(event, 2),
      attributes: attributesOf(messages(event, 3)),
    })),
    links: messages(fields, 13).map((link) => ({ traceId: hex(link, 1), spanId: hex(link, 2) })),
    status: {
      code: statusCodes[status === undefined ? 0 : Number(integer(status, 3))] ?? "unset",
      message: status === undefined ? "" : text(status, 2),
    },
    tracestate: text(fields, 3),
  };
}

function attributesOf(keyValues: readonly (readonly Field[])[]): Record<string, OtlpValue> {
  const attributes: Record<string, OtlpValue> = {};
  for (const keyValue of keyValues) {
    const [value] = messages(keyValue, 2);
    if (value !== undefined) attributes[text(keyValue, 1)] = anyValueOf(value);
  }
  return attributes;
}

/** opentelemetry/proto/common/v1/common.proto, AnyValue. Key-value lists are given as arrays of their values. */
function anyValueOf(fields: readonly Field[]): OtlpValue {
  const field = fields[0];
  if (field === undefined) return "";
  switch (field.number) {
    case 2:
      return field.value === 1n;
    case 3:
      return Number(BigInt.asIntN(64, integer(fields, 3)));
    case 4:
      return new Float64Array(BigInt64Array.of(integer(fields, 4)).buffer)[0] ?? 0;
    case 5:
      return messages(fields, 5).flatMap((list) => messages(list, 1).map(anyValueOf));
    case 6:
      return messages(fields, 6).flatMap((list) =>
        messages(list, 1).flatMap((entry) => messages(entry, 2).map(anyValueOf)),
      );
    case 7:
      return field.value instanceof Uint8Array ? field.value : "";
    default:
      return text(fields, 1);
  }
}

/** Protobuf on the wire: a varint or fixed number as bigint, or bytes. */
interface Field {
  readonly number: number;
  readonly value: bigint | Buffer;
}

function readFields(bytes: Uint8Array): Field[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Field[] = [];
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer.readUInt8(offset);
      offset += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (offset < buffer.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        fields.push({ number, value: varint() });
        break;
      case 1:
        fields.push({ number, value: buffer.readBigUInt64LE(offset) });
        offset += 8;
        break;
      case 2: {
        const length = Number(varint());
        if (offset + length > buffer.length) throw new Error(`field ${number} ends after its message`);
        fields.push({ number, value: buffer.subarray(offset, offset + length) });
        offset += length;
        break;
      }
      case 5:
        fields.push({ number, value: BigInt(buffer.readUInt32LE(offset)) });
        offset += 4;
        break;
      default:
        throw new Error(`wire type ${tag & 7} of field ${number}, expected 0, 1, 2 or 5`);
    }
  }
  return fields;
}

function messages(fields: readonly Field[], number: number): Field[][] {
  return fields.flatMap((field) =>
    field.number === number && typeof field.value !== "bigint" ? [readFields(field.value)] : [],
  );
}

function bytesOf(fields: readonly Field[], number: number): Buffer {
  const value = fields.findLast((field) => field.number === number)?.value;
  return value === undefined || typeof value === "bigint" ? Buffer.alloc(0) : value;
}

const text = (fields: readonly Field[], number: number): string => bytesOf(fields, number).toString("utf8");
const hex = (fields: readonly Field[], number: number): string => bytesOf(fields, number).toString("hex");

function integer(fields: readonly Field[], number: number): bigint {
  const value = fields.findLast((field) => field.number === number)?.value;
  return typeof value === "bigint" ? value : 0n;
}
