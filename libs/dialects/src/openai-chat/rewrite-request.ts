import type { RewrittenRequest } from "../dialect.ts";
import { isObject, parseJson } from "../json.ts";
import { type JsonMember, locateMembers, spliceJson } from "../splice-json.ts";

const governed = ["model", "stream", "stream_options"] as const;

/**
 * The client's own bytes with the provider's name of the model and, in a stream, `stream_options.include_usage`. Whatever else the client
 * wrote stays byte for byte, other members of `stream_options` too.
 */
export function rewriteRequest(bytes: Uint8Array, model: string): RewrittenRequest {
  const located = locateMembers(bytes, governed);
  let stream: JsonMember | undefined;
  let options: JsonMember | undefined;
  // The last of duplicates is what every parser reads.
  for (const member of located.members) {
    if (member.key === "stream") stream = member;
    else if (member.key === "stream_options") options = member;
  }
  const written = options === undefined ? undefined : bytes.subarray(options.valueStart, options.valueEnd);
  const said = written === undefined ? undefined : parseJson(textOf(written));
  const asksForStreamUsage = isObject(said) && said["include_usage"] === true;
  const values: Record<string, string> = { model: JSON.stringify(model) };
  if (!asksForStreamUsage && stream !== undefined && isTrue(bytes, stream)) {
    values["stream_options"] =
      written !== undefined && isObject(said)
        ? textOf(spliceJson(written, { include_usage: "true" }))
        : '{"include_usage":true}';
  }
  return { body: spliceJson(bytes, values, located), asksForStreamUsage };
}

function isTrue(bytes: Uint8Array, { valueStart, valueEnd }: JsonMember): boolean {
  return valueEnd - valueStart === 4 && bytes[valueStart] === 0x74;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
