import { gzipSync } from "node:zlib";
import type { Answer } from "./answer.ts";
import { spoilText, withoutUsage } from "./break-events.ts";

/** All bytes of the answer's body, streams included. */
export function bodyBytes(answer: Answer): Buffer {
  const { body } = answer;
  return body.kind === "whole"
    ? Buffer.from(body.bytes)
    : Buffer.concat([...body.events].map((event) => Buffer.from(event)));
}

function withBytes(answer: Answer, bytes: string | Buffer): Answer {
  return { ...answer, body: { kind: "whole", bytes } };
}

export function leaveOutUsage(answer: Answer): Answer {
  return withBytes(answer, withoutUsage(bodyBytes(answer).toString()));
}

export function truncate(answer: Answer): Answer {
  const bytes = bodyBytes(answer);
  return withBytes(answer, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
}

export function spoilUtf8(answer: Answer): Answer {
  return withBytes(answer, spoilText(bodyBytes(answer)));
}

export function gzip(answer: Answer): Answer {
  const zipped = gzipSync(bodyBytes(answer));
  return { ...withBytes(answer, zipped), headers: { ...answer.headers, "content-encoding": "gzip" } };
}
