import type { LogFields } from "./logger.ts";

const replacement = "[redacted]";
const maxTextLength = 8_192;
const maxDepth = 4;
const maxItems = 50;

const secretNames = new Set([
  "authorization",
  "proxyauthorization",
  "cookie",
  "setcookie",
  "xapikey",
  "xgoogapikey",
  "apikey",
  "apikeys",
  "secret",
  "secrets",
  "secretkey",
  "secretaccesskey",
  "password",
  "passwd",
  "token",
  "accesstoken",
  "refreshtoken",
  "idtoken",
  "sessiontoken",
  "admintoken",
  "credential",
  "credentials",
  "privatekey",
  "databaseurl",
]);

/** Provider and Sluice keys, bearer tokens, AWS key ids, passwords in URLs. */
const secretTexts =
  /\bsk-[A-Za-z0-9_-]{8,}|\bAIza[A-Za-z0-9_-]{20,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\b[Bb]earer\s+[^\s"',]+|:\/\/[^\s/:@]*:[^\s/@]+@/g;

const knownNames = new Map<string, boolean>();

/** Field names come from the code, so they are few: the answer is remembered. */
function isSecretName(name: string): boolean {
  let known = knownNames.get(name);
  if (known === undefined) {
    known = secretNames.has(name.toLowerCase().replaceAll(/[-_]/g, ""));
    if (knownNames.size < 1_000) knownNames.set(name, known);
  }
  return known;
}

/** The text without keys, tokens and passwords, and no longer than 8,192 characters. */
export function redactText(text: string): string {
  const short = text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
  return short.length < 12 ? short : short.replace(secretTexts, replacement);
}

/** A copy fit for a log: no secrets, errors as plain objects, bounded in depth and size. */
export function redactFields(fields: LogFields, withStacks: boolean): Record<string, unknown> {
  return redactRecord(fields, withStacks, 0);
}

function redactRecord(record: Readonly<Record<string, unknown>>, withStacks: boolean, depth: number) {
  const copy: Record<string, unknown> = {};
  for (const name in record) {
    copy[name] = isSecretName(name) ? replacement : redactValue(record[name], withStacks, depth);
  }
  return copy;
}

function redactValue(value: unknown, withStacks: boolean, depth: number): unknown {
  switch (typeof value) {
    case "string":
      return redactText(value);
    case "bigint":
      return value.toString();
    case "object":
      return value === null ? null : redactObject(value, withStacks, depth);
    case "function":
    case "symbol":
      return undefined;
    default:
      return value;
  }
}

function redactObject(value: object, withStacks: boolean, depth: number): unknown {
  if (value instanceof Error) return describeError(value, withStacks, depth);
  if (depth >= maxDepth) return "[deeper]";
  if (Array.isArray(value)) {
    return value.slice(0, maxItems).map((item: unknown) => redactValue(item, withStacks, depth + 1));
  }
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
  return redactRecord(value as Record<string, unknown>, withStacks, depth + 1);
}

/** Name, message, code and causes; the stack where it is wanted. Other properties may hold anything, and stay out. */
function describeError(error: Error, withStacks: boolean, depth: number): Record<string, unknown> {
  const described: Record<string, unknown> = { name: error.name, message: redactText(error.message) };
  const { code } = error as { readonly code?: unknown };
  if (typeof code === "string" || typeof code === "number") described["code"] = code;
  if (withStacks && error.stack !== undefined) described["stack"] = redactText(error.stack);
  if (error.cause !== undefined && depth < maxDepth)
    described["cause"] = redactValue(error.cause, withStacks, depth + 1);
  return described;
}
