import type { ComposedReply } from "../compose-reply.ts";
import { isObject, type JsonObject, objectsOf, stringOf } from "../json.ts";

export interface Citation {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly sources: readonly JsonObject[];
  readonly content_index: number;
  readonly type: "TEXT_CONTENT";
}

/**
 * One citation of the whole text, where there is something to cite: all documents, or the results of the tools that the
 * answer repeats. None with `citation_options.mode` OFF.
 */
export function citationsOf(body: JsonObject, reply: ComposedReply): readonly Citation[] {
  const options = isObject(body["citation_options"]) ? body["citation_options"] : {};
  const sources = [...documentSources(body), ...toolSources(body)];
  if (sources.length === 0 || reply.text === "" || options["mode"] === "OFF" || options["mode"] === "DISABLED") {
    return [];
  }
  const index = reply.thinking === undefined ? 0 : 1;
  return [{ start: 0, end: reply.text.length, text: reply.text, sources, content_index: index, type: "TEXT_CONTENT" }];
}

function documentSources(body: JsonObject): readonly JsonObject[] {
  return (Array.isArray(body["documents"]) ? body["documents"] : []).map((document: unknown, at) => {
    const given = isObject(document) ? document : {};
    const id = stringOf(given["id"]) ?? `doc:${at}`;
    const data = isObject(given["data"]) ? given["data"] : { text: typeof document === "string" ? document : "" };
    return { type: "document", id, document: { id, ...data } };
  });
}

function toolSources(body: JsonObject): readonly JsonObject[] {
  const messages = objectsOf(body["messages"]);
  return messages.slice(messages.findLastIndex((message) => message["role"] !== "tool") + 1).map((message) => ({
    type: "tool",
    id: `${message["tool_call_id"]}:0`,
    tool_output: { content: typeof message["content"] === "string" ? message["content"] : "" },
  }));
}
