import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import {
  type AttemptFailure,
  type ParameterChange,
  ParameterChangeKindSchema,
  ParameterMode,
} from "@sluice/api/sluice/provider/v1/attempt";
import type { CompleteRequest, StreamRequest } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import {
  type Dialect,
  type DialectName,
  dialects,
  holdsForeignSignature,
  type JsonObject,
  type RewrittenRequest,
} from "@sluice/dialects";
import { createFailure } from "../classify-failure.ts";
import type { BodyFrame } from "../kinds/provider-kind.ts";
import { type Fitted, fitBytes, fitJson, type Target } from "./fit-body.ts";
import { frameBytes, frameJson } from "./frame-body.ts";

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
  /** Tools of the client's that take free text and were sent as functions: their calls are turned back in the answer. */
  readonly customTools: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
};

export type Preparation =
  | { readonly kind: "prepared"; readonly prepared: Prepared }
  | { readonly kind: "failed"; readonly failure: AttemptFailure };

export type PrepareOptions = Target & {
  readonly stream: boolean;
  readonly historyReasoning: "send" | "omit";
  /**
   * `PASSTHROUGH`: a request of the provider's own dialect is sent untouched but for the model's name and, in a stream, the wish for usage;
   * one of another dialect is translated, with what the dialect's encoder knows of the model, and changed by no rule.
   */
  readonly mode: ParameterMode;
  /** Undefined: the provider takes the dialect's own body. */
  readonly frame: BodyFrame | undefined;
};

/** What a dialect that requires a limit on output is given where neither the request nor the catalogue has one. */
export const fallbackMaxOutputTokens = 8_192;

/**
 * Brings a request into the provider's dialect, and makes it fit for the model. Where the provider speaks the client's dialect all that needs
 * no change stays byte for byte; else the request goes through the hub. So does one that holds what another maker signed in an earlier turn:
 * the provider would refuse it.
 */
export function prepareRequest(payload: AttemptPayload, options: PrepareOptions): Preparation {
  if (payload.case === undefined) return refused(ErrorReason.INVALID_REQUEST, "the attempt has no payload", "");

  if (payload.case === "chat") return encode(payload.value, options, { client: undefined, clientJson: undefined });

  const client = Object.hasOwn(dialects, payload.value.dialect)
    ? dialects[payload.value.dialect as DialectName]
    : undefined;
  if (client === undefined) {
    return refused(ErrorReason.UNTRANSLATABLE, `dialect ${payload.value.dialect} is not known to this adapter`, "");
  }
  const isSame = client.name === options.dialect.name;
  if (isSame && !(adapts(options) && holdsForeign(client, payload.value.body, options.model))) {
    const rewritten = rewrite(client, payload.value.body, options.model);
    if (rewritten === undefined) return refused(ErrorReason.MALFORMED_JSON, "the body is not a JSON object", "");
    const fitted = adapts(options) ? fitBytes(rewritten.body, options) : unchanged(rewritten.body);
    const body = options.frame === undefined ? fitted.body : frameBytes(fitted.body, options.frame);
    return finish({ body, changes: fitted.changes }, options, {
      client,
      clientJson: undefined,
      asksForStreamUsage: rewritten.asksForStreamUsage,
      sameDialect: true,
      customTools: [],
      headers: payload.value.headers,
    });
  }
  const clientJson = parseObject(payload.value.body);
  if (clientJson === undefined) return refused(ErrorReason.MALFORMED_JSON, "the body is not a JSON object", "");
  const decoded = client.decodeRequest(clientJson, { model: options.model, stream: options.stream });
  if (decoded.kind === "invalid") {
    return refused(ErrorReason.INVALID_REQUEST, decoded.problem.message, decoded.problem.parameter);
  }
  return encode(decoded.value, options, { client, clientJson }, isSame ? payload.value.headers : {});
}

function encode(
  chat: Parameters<Dialect["encodeRequest"]>[0],
  options: PrepareOptions,
  from: Pick<Prepared, "client" | "clientJson">,
  headers: Prepared["headers"] = {},
): Preparation {
  const encoded = options.dialect.encodeRequest(chat, options);
  if (encoded.kind === "refused") return refused(encoded.reason, encoded.problem.message, encoded.problem.parameter);
  const fitted = adapts(options) ? fitJson(encoded.body, options.rules) : unchanged(encoded.body);
  const body = options.frame === undefined ? fitted.body : frameJson(fitted.body, options.frame);
  return finish(
    { body: Buffer.from(JSON.stringify(body)), changes: [...encoded.changes, ...fitted.changes] },
    options,
    { ...from, asksForStreamUsage: false, sameDialect: false, customTools: encoded.customTools ?? [], headers },
  );
}

function holdsForeign(dialect: Dialect, body: Uint8Array, model: string): boolean {
  return holdsForeignSignature(body) || dialect.holdsForeignHistory?.(body, model) === true;
}

function adapts({ mode }: PrepareOptions): boolean {
  return mode !== ParameterMode.PASSTHROUGH;
}

function unchanged<Body>(body: Body): Fitted<Body> {
  return { body, changes: [] };
}

function finish(
  { body, changes }: Fitted<Uint8Array>,
  { mode }: PrepareOptions,
  rest: Omit<Prepared, "body" | "changes">,
): Preparation {
  const failure = refuseChanges(mode, changes);
  if (failure !== undefined) return { kind: "failed", failure };
  return { kind: "prepared", prepared: { body, changes, ...rest } };
}

/** In strict mode nothing is changed: the refusal names all that would be. Undefined: there is nothing to refuse. */
export function refuseChanges(mode: ParameterMode, changes: readonly ParameterChange[]): AttemptFailure | undefined {
  if (mode !== ParameterMode.STRICT || changes.length === 0) return undefined;
  const named = [...new Set(changes.map(describeChange))].join(", ");
  const message = `in strict mode nothing is changed, and the model would need: ${named}`;
  return createFailure(ErrorReason.PARAMETER_REFUSED, message, { parameter: changes[0]?.parameter ?? "" });
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
