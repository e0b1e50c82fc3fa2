import type { JsonObject } from "../dialect.ts";
import { isObject } from "../json.ts";
import { findJsonMembers, spliceJson } from "../splice-json.ts";

/**
 * The client's own bytes with the provider's name of the model and, in a stream, `stream_options.include_usage`. Whatever else the client
 * wrote stays byte for byte, other members of `stream_options` too.
 */
export function rewriteRequest(bytes: Uint8Array, body: JsonObject, model: string): Uint8Array {
  const values: Record<string, string> = { model: JSON.stringify(model) };
  if (body["stream"] === true) {
    const options = body["stream_options"];
    if (!isObject(options)) values["stream_options"] = '{"include_usage":true}';
    else if (options["include_usage"] !== true) values["stream_options"] = withUsage(bytes);
  }
  return spliceJson(bytes, values);
}

function withUsage(bytes: Uint8Array): string {
  const member = findJsonMembers(bytes).findLast(({ key }) => key === "stream_options");
  if (member === undefined) return '{"include_usage":true}';
  const nested = bytes.subarray(member.valueStart, member.valueEnd);
  return Buffer.from(spliceJson(nested, { include_usage: "true" })).toString("utf8");
}
