import { isArray, isObject, parseJson } from "../../json.ts";
import { bufferOf, locateElements, locateMembers, spliceJson } from "../../splice-json.ts";

/** The model stands in the path, and in the body where a client wrote it there: in each request of a batch. */
export function rewriteRequest(bytes: Uint8Array, model: string): Uint8Array {
  const name = JSON.stringify(model.includes("/") ? model : `models/${model}`);
  const buffer = bufferOf(bytes);
  const own = locateMembers(buffer, ["model"]);
  const renamed = own.members.length > 0 ? spliceJson(buffer, { model: name }, own) : buffer;
  const requests = locateMembers(renamed, ["requests"]).members.at(-1);
  if (requests === undefined) return renamed;
  const list = bufferOf(renamed).subarray(requests.valueStart, requests.valueEnd);
  const parsed = parseJson(list.toString("utf8"));
  if (!isArray(parsed)) return renamed;
  const pieces: Uint8Array[] = [];
  let copied = 0;
  for (const [index, { start, end }] of locateElements(list).entries()) {
    const request = parsed[index];
    if (!isObject(request) || request["model"] === undefined) continue;
    pieces.push(list.subarray(copied, start), spliceJson(list.subarray(start, end), { model: name }));
    copied = end;
  }
  if (pieces.length === 0) return renamed;
  const before = bufferOf(renamed);
  return Buffer.concat([
    before.subarray(0, requests.valueStart),
    ...pieces,
    list.subarray(copied),
    before.subarray(requests.valueEnd),
  ]);
}
