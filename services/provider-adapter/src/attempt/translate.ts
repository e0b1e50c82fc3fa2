import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import {
  type AttemptFailure,
  type ParameterChange,
  ParameterChangeKindSchema,
  ParameterMode,
} from "@sluice/api/sluice/provider/v1/attempt";
import type { CompleteRequest, StreamRequest } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { type Dialect, type DialectName, dialects, type JsonObject, type RewrittenRequest } from "@sluice/dialects";
import { createFailure } from "../classify-failure.ts";

export type AttemptPayload = CompleteRequest["payload"] | StreamRequest["payload"];

/** A request made ready for a provider. */
export type Prepared = {
  readonly body: Uint8Array;
  readonly changes: readonly ParameterChange[];
  /** The client's dialect. Undefined: it speaks the hub's own form. */
  readonly client: Dialect | undefined;
  /** The client's body, where it was parsed: not for the hub's own form, nor where the provider speaks the client's dialect. */
  readonly clientJson: JsonObject | undefined;
  /** Whether the client of a stream that passes through asked to be told usage. */
  readonly asksForStreamUsage: boolean;
  /** Whether the answer passes through untouched. */
  readonly sameDialect: boolean;
  readonly headers: Readonly<Record<string, string>>;
};

export type Preparation =
  | { readonly kind: "prepared"; readonly prepared: Prepared }
  | { readonly kind: "failed"; readonly failure: AttemptFailure };

/** What a dialect that requires a limit on output is given where neither the request nor the catalogue has one. */
export const fallbackMaxOutputTokens = 8_192;

/** Brings a request into the provider's dialect: untouched but for the model's name where it speaks that dialect, else through the hub. */
export function prepareRequest(
  payload: AttemptPayload,
  target: Dialect,
  options: {
    readonly model: string;
    readonly stream: boolean;
    readonly defaultMaxOutputTokens: number;
    readonly historyReasoning: "send" | "omit";
    readonly mode: ParameterMode;
  },
): Preparation {
  if (payload.case === undefined) return refused(ErrorReason.INVALID_REQUEST, "the attempt has no payload", "");

  if (payload.case === "chat") {
    return encode(payload.value, target, options, { client: undefined, clientJson: undefined });
  }

  const client = Object.hasOwn(dialects, payload.value.dialect)
    ? dialects[payload.value.dialect as DialectName]
    : undefined;
  if (client === undefined) {
    return refused(ErrorReason.UNTRANSLATABLE, `dialect ${payload.value.dialect} is not known to this adapter`, "");
  }
  if (client.name === target.name) {
    const rewritten = rewrite(client, payload.value.body, options.model);
    if (rewritten === undefined) return refused(ErrorReason.MALFORMED_JSON, "the body is not a JSON object", "");
    return {
      kind: "prepared",
      prepared: {
        body: rewritten.body,
        changes: [],
        client,
        clientJson: undefined,
        asksForStreamUsage: rewritten.asksForStreamUsage,
        sameDialect: true,
        headers: payload.value.headers,
      },
    };
  }
  const clientJson = parseObject(payload.value.body);
  if (clientJson === undefined) return refused(ErrorReason.MALFORMED_JSON, "the body is not a JSON object", "");
  const decoded = client.decodeRequest(clientJson);
  if (decoded.kind === "invalid") {
    return refused(ErrorReason.INVALID_REQUEST, decoded.problem.message, decoded.problem.parameter);
  }
  return encode(decoded.value, target, options, { client, clientJson });
}

function encode(
  chat: Parameters<Dialect["encodeRequest"]>[0],
  target: Dialect,
  options: Parameters<typeof prepareRequest>[2],
  from: Pick<Prepared, "client" | "clientJson">,
): Preparation {
  const encoded = target.encodeRequest(chat, options);
  if (encoded.kind === "refused") return refused(encoded.reason, encoded.problem.message, encoded.problem.parameter);
  if (options.mode === ParameterMode.STRICT && encoded.changes.length > 0) {
    const named = encoded.changes.map(describeChange).join(", ");
    const message = `in strict mode nothing is changed, and the model would need: ${named}`;
    return refused(ErrorReason.PARAMETER_REFUSED, message, encoded.changes[0]?.parameter ?? "");
  }
  return {
    kind: "prepared",
    prepared: {
      body: Buffer.from(JSON.stringify(encoded.body)),
      changes: encoded.changes,
      ...from,
      asksForStreamUsage: false,
      sameDialect: false,
      headers: {},
    },
  };
}

/** The body is not parsed a second time: whoever sent it has. Undefined where it is no object all the same. */
function rewrite(dialect: Dialect, body: Uint8Array, model: string): RewrittenRequest | undefined {
  try {
    return dialect.rewriteRequest(body, model);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function describeChange(change: ParameterChange): string {
  const kind = ParameterChangeKindSchema.value[change.kind]?.name.slice("PARAMETER_CHANGE_KIND_".length).toLowerCase();
  return `${change.parameter} ${kind ?? "changed"}`;
}

function refused(reason: ErrorReason, message: string, parameter: string): Preparation {
  return { kind: "failed", failure: createFailure(reason, message, { parameter }) };
}

export function parseObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
