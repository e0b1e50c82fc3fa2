import { createHash, createHmac } from "node:crypto";
import type { CallToAuthorize } from "./credential-source.ts";

/** The keys of an AWS identity. `sessionToken`: undefined for keys that last. */
export type AwsKeys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
};

/** What a signature is good for. */
export type AwsScope = { readonly region: string; readonly service: string };

/**
 * Signs calls by Signature Version 4 (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, seen 2026-11-22). Gives
 * the headers: name, value, name, value. `nowMs`: wall time, from which AWS takes signatures for five minutes.
 */
export type AwsSigner = (call: CallToAuthorize, nowMs: number) => readonly string[];

export function createAwsSigner(keys: AwsKeys, scope: AwsScope): AwsSigner {
  const { accessKeyId, sessionToken } = keys;
  let dayKey: { readonly day: string; readonly key: Buffer } | undefined;

  return ({ method, origin, path, body }, nowMs) => {
    const moment = `${new Date(nowMs).toISOString().replace(/[-:]/g, "").slice(0, 15)}Z`;
    const day = moment.slice(0, 8);
    if (dayKey?.day !== day) dayKey = { day, key: deriveKey(keys.secretAccessKey, day, scope) };
    const signed: [string, string][] = [
      ["host", new URL(origin).host],
      ["x-amz-date", moment],
    ];
    if (sessionToken !== undefined) signed.push(["x-amz-security-token", sessionToken]);
    const names = signed.map(([name]) => name).join(";");
    const canonical = [
      method,
      ...canonicalAddress(path),
      ...signed.map(([name, value]) => `${name}:${value.trim()}`),
      "",
      names,
      sha256(body),
    ].join("\n");
    const range = `${day}/${scope.region}/${scope.service}/aws4_request`;
    const toSign = ["AWS4-HMAC-SHA256", moment, range, sha256(canonical)].join("\n");
    const signature = hmac(dayKey.key, toSign).toString("hex");
    const credential = `Credential=${accessKeyId}/${range}, SignedHeaders=${names}, Signature=${signature}`;
    const shown = signed.slice(1).flat();
    return ["authorization", `AWS4-HMAC-SHA256 ${credential}`, ...shown];
  };
}

function deriveKey(secret: string, day: string, { region, service }: AwsScope): Buffer {
  return [day, region, service, "aws4_request"].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${secret}`),
  );
}

/** Path and query. For every service but S3 the path is encoded once more than it is sent: `%3A` of a model's id is signed as `%253A`. */
function canonicalAddress(address: string): readonly [path: string, query: string] {
  const mark = address.indexOf("?");
  const path = mark < 0 ? address : address.slice(0, mark);
  const query = mark < 0 ? "" : address.slice(mark + 1);
  const pairs = [...new URLSearchParams(query)].map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return [path.split("/").map(encode).join("/") || "/", pairs.sort().join("&")];
}

/** As RFC 3986 has it: `encodeURIComponent` leaves five characters as they are. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
