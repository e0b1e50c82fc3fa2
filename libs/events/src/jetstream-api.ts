import type { EventsConnection } from "./connection.ts";
import type { NatsLink } from "./nats-link.ts";

/** The JetStream server did not do what was asked of a stream or a consumer. */
export class StreamError extends Error {
  override readonly name = "StreamError";
  /** "unavailable": not connected, no JetStream, or no answer. "refused": the server answered no. */
  readonly kind: "unavailable" | "refused";
  /** The server's own number for why, such as 10059 for a stream that does not exist. Absent if there was no answer. */
  readonly code: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly kind: StreamError["kind"]; readonly code?: number }) {
    super(message, options);
    this.kind = options.kind;
    this.code = options.code;
  }
}

export const STREAM_NOT_FOUND = 10059;
export const STREAM_EXISTS = 10058;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

/** The link while connected. Throws StreamError otherwise. */
export function connectedLink(connection: EventsConnection): NatsLink {
  const status = connection.status();
  if (status.kind === "connected" && connection.link !== undefined) return connection.link;
  const reason = status.kind === "disconnected" ? status.reason : "closed";
  throw new StreamError(`not connected to NATS: ${reason}`, { kind: "unavailable" });
}

/** Asks `$JS.API.<subject>` (JetStream wire API, nats-server 2.9). Rejects with StreamError. */
export async function askJetStream(
  connection: EventsConnection,
  subject: string,
  request: object | undefined,
  timeoutMs: number,
): Promise<Record<string, unknown>> {
  const link = connectedLink(connection);
  const body = request === undefined ? new Uint8Array() : textEncoder.encode(JSON.stringify(request));
  let answer: Record<string, unknown>;
  try {
    const message = await link.request(`$JS.API.${subject}`, body, timeoutMs);
    answer = JSON.parse(textDecoder.decode(message.body)) as Record<string, unknown>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StreamError(`JetStream gave no answer to ${subject}: ${reason}`, { kind: "unavailable", cause: error });
  }
  const refusal = answer["error"] as { description?: string; err_code?: number } | undefined;
  if (refusal !== undefined) {
    const message = `JetStream refused ${subject}: ${refusal.description ?? "no reason given"}`;
    const code = refusal.err_code;
    throw new StreamError(message, code === undefined ? { kind: "refused" } : { kind: "refused", code });
  }
  return answer;
}

/** JetStream counts time in nanoseconds. */
export function nanosFromMs(ms: number): number {
  return Math.round(ms) * 1_000_000;
}

/** Throws TypeError unless `name` can be part of a subject. */
export function checkName(name: string, what: string): string {
  if (/^[\w-]{1,64}$/.test(name)) return name;
  throw new TypeError(`${what} ${JSON.stringify(name)} is malformed: expected letters, digits, - and _, at most 64`);
}
