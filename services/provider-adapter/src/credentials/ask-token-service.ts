import type { Clock } from "@sluice/runtime";
import { request } from "undici";
import type { TokenAnswer } from "./fetched-token.ts";

/** A request to a token service. */
export type TokenRequest = {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: Readonly<Record<string, string>>;
  /** Texts that no message may hold, should the service repeat them. */
  readonly secrets: readonly string[];
};

/** The most of a token service's answer that is read. */
const maxAnswerBytes = 256 * 1024;
/** The life of a token whose service does not say how long it lives. */
const assumedLifeMs = 10 * 60_000;

/** Asks a token service as OAuth 2 has it (RFC 6749, 4.4 and 5): `access_token`, with `expires_in` or `expires_on`. Rejects where it cannot be reached. */
export async function askTokenService(asked: TokenRequest, clock: Clock, signal: AbortSignal): Promise<TokenAnswer> {
  const host = new URL(asked.url).host;
  const response = await request(asked.url, {
    method: asked.method,
    signal,
    headers: {
      accept: "application/json",
      ...(asked.form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      ...asked.headers,
    },
    body: asked.form === undefined ? null : new URLSearchParams(asked.form).toString(),
  });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxAnswerBytes) return { kind: "unavailable", message: `${host} answered more than a token` };
  }
  const answer = readJson(Buffer.concat(chunks).toString("utf8"));
  const token = answer["access_token"];
  if (response.statusCode === 200 && typeof token === "string" && token !== "") {
    return { kind: "token", value: token, expiresAtMs: expiryOf(answer, clock.now()) };
  }
  const said = response.statusCode === 200 ? "no access_token" : saidBy(answer, asked.secrets);
  return { kind: "unavailable", message: `${host} answered ${response.statusCode}: ${said}` };
}

function expiryOf(answer: Readonly<Record<string, unknown>>, nowMs: number): number {
  const expiresIn = Number(answer["expires_in"]);
  if (answer["expires_in"] !== undefined && Number.isFinite(expiresIn)) return nowMs + expiresIn * 1000;
  // Azure's managed identities and IBM say the moment, in seconds since 1970.
  const moment = Number(answer["expires_on"] ?? answer["expiration"]);
  return Number.isFinite(moment) ? moment * 1000 : nowMs + assumedLifeMs;
}

function saidBy(answer: Readonly<Record<string, unknown>>, secrets: readonly string[]): string {
  const words = ["error", "errorCode", "error_description", "errorMessage"]
    .map((name) => answer[name])
    .filter((word): word is string => typeof word === "string" && word !== "")
    .join(": ");
  const clean = secrets.reduce((text, secret) => (secret === "" ? text : text.replaceAll(secret, "…")), words);
  return clean.replaceAll(/\s+/g, " ").slice(0, 300) || "no reason";
}

function readJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
