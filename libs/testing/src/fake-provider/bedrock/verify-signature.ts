import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { ApiError } from "../api-error.ts";

export interface AwsKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary keys: x-amz-security-token must carry it. */
  readonly sessionToken?: string;
}

export interface SignedRequest {
  readonly method: string;
  /** As it came, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const MAX_SKEW_MS = 5 * 60 * 1000;
const SERVICE = "bedrock";

/**
 * AWS's complaint about the request's Signature Version 4, or undefined: the signature is made again and compared
 * (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, seen 2026-11-22).
 */
export function verifySignature(request: SignedRequest, keys: readonly AwsKey[], nowMs: number): ApiError | undefined {
  const parsed = parseAuthorization(request.headers.authorization ?? "");
  if ("status" in parsed) {
    return parsed;
  }
  const amzDate = String(request.headers["x-amz-date"] ?? "");
  const signedAtMs = parseAmzDate(amzDate);
  if (signedAtMs === undefined) {
    return incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  const [accessKeyId = "", date = "", region = "", service = "", terminator = ""] = parsed.credential.split("/");
  const key = keys.find((known) => known.accessKeyId === accessKeyId);
  if (key === undefined || key.sessionToken !== request.headers["x-amz-security-token"]) {
    return refuse("UnrecognizedClientException", "The security token included in the request is invalid.");
  }
  if (service !== SERVICE || terminator !== "aws4_request") {
    return invalid(`Credential should be scoped to correct service: '${SERVICE}'. `);
  }
  if (!amzDate.startsWith(date)) {
    return invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${amzDate.slice(0, 8)}', from '${amzDate}'.`,
    );
  }
  if (Math.abs(nowMs - signedAtMs) > MAX_SKEW_MS) {
    const late = nowMs > signedAtMs;
    const limit = formatAmzDate(nowMs + (late ? -MAX_SKEW_MS : MAX_SKEW_MS));
    const now = formatAmzDate(nowMs);
    return invalid(
      late
        ? `Signature expired: ${amzDate} is now earlier than ${limit} (${now} - 5 min.)`
        : `Signature not yet current: ${amzDate} is still later than ${limit} (${now} + 5 min.)`,
    );
  }
  for (const name of ["host", "x-amz-date"]) {
    if (!parsed.signedHeaders.includes(name)) {
      return invalid(`'${name === "host" ? "Host" : "X-Amz-Date"}' must be a 'SignedHeader' in the AWS Authorization.`);
    }
  }
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", amzDate, scope, sha256(canonicalRequest(request, parsed.signedHeaders))].join(
    "\n",
  );
  const signingKey = [date, region, service, "aws4_request"].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    Buffer.from(`AWS4${key.secretAccessKey}`),
  );
  return isEqual(hmac(signingKey, toSign).toString("hex"), parsed.signature)
    ? undefined
    : invalid(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
      );
}

interface Authorization {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function parseAuthorization(header: string): Authorization | ApiError {
  if (!header.startsWith("AWS4-HMAC-SHA256 ")) {
    return refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  const fields = Object.fromEntries(
    header
      .slice("AWS4-HMAC-SHA256 ".length)
      .split(",")
      .map((field) => field.trim().split(/=(.*)/s) as [string, string]),
  );
  const { Credential: credential, SignedHeaders: signedHeaders, Signature: signature } = fields;
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    const lacking = Object.entries({ Credential: credential, Signature: signature, SignedHeaders: signedHeaders })
      .filter(([, value]) => value === undefined)
      .map(([name]) => `Authorization header requires '${name}' parameter.`);
    return incomplete(lacking.join(" "));
  }
  return { credential, signedHeaders: signedHeaders.split(";"), signature };
}

function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]): string {
  const query = [...request.query.entries()]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const headers = signedHeaders.map((name) => `${name}:${headerText(request.headers[name])}\n`).join("");
  const declared = request.headers["x-amz-content-sha256"];
  return [
    request.method,
    // The path is encoded once more than it came, as for every service but S3.
    request.path.split("/").map(encode).join("/"),
    query,
    headers,
    signedHeaders.join(";"),
    declared === "UNSIGNED-PAYLOAD" ? declared : sha256(request.body),
  ].join("\n");
}

function headerText(value: string | readonly string[] | undefined): string {
  const text = typeof value === "string" ? value : (value ?? []).join(",");
  return text.trim().replace(/ +/g, " ");
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function parseAmzDate(text: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  return match === null ? undefined : Date.parse(text.replace(/^(.{4})(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function formatAmzDate(ms: number): string {
  return `${new Date(ms).toISOString().replace(/[-:]/g, "").slice(0, 15)}Z`;
}

function sha256(text: string | Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function isEqual(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

function refuse(type: string, message: string): ApiError {
  return { status: 403, type, message };
}

function invalid(message: string): ApiError {
  return refuse("InvalidSignatureException", message);
}

function incomplete(message: string): ApiError {
  return refuse("IncompleteSignatureException", message);
}
