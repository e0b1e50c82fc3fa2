import { create } from "@bufbuild/protobuf";
import { type ChatRequest, type ServerTool, ToolSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import type { JsonObject } from "./dialect.ts";
import { arrayOf, isObject, objectOf, parseJson, stringOf, uint32Of } from "./json.ts";

// A search of the web is the one tool that several providers run themselves and mean alike, so it crosses between them. What is common to them
// is read here, after the types of the SDKs of OpenAI 7.57.0 (`WebSearchOptions` of Chat, `WebSearchTool` of Responses), Anthropic 1.12.0
// (`WebSearchTool20250305` and later) and Google 3.1.0 (`GoogleSearch`), seen 2026-11-22. The rest is named, to be reported.

export type WebSearch = {
  readonly allowedDomains: readonly string[];
  readonly blockedDomains: readonly string[];
  /** Where the user is, as far as it is said: `city`, `region`, `country` and `timezone`. */
  readonly location: JsonObject | undefined;
  /** How many searches the model may make. */
  readonly maxUses: number | undefined;
  /** How much of what is found the model is shown: `low`, `medium` or `high`. */
  readonly contextSize: string | undefined;
  /** Members that others have no form for. */
  readonly rest: readonly string[];
};

const names: Readonly<Record<string, RegExp>> = {
  "anthropic.messages": /^web_search_\d+$/,
  "gemini.generate": /^google_?search$/i,
  "openai.chat": /^web_search_options$/,
  "openai.responses": /^web_search(_preview)?(_[\d_]+)?$/,
};

const locationFields = ["city", "region", "country", "timezone"];
const knownFields: ReadonlySet<string> = new Set([
  "allowed_domains",
  "blocked_domains",
  "excludeDomains",
  "exclude_domains",
  "filters",
  "max_uses",
  "name",
  "search_context_size",
  "type",
  "user_location",
]);

/** Whether the tool is a search of the web, of whatever provider. */
export function isWebSearch(tool: ServerTool): boolean {
  return readWebSearch(tool) !== undefined;
}

/** What the tool says of a search of the web. Undefined: it is another. */
export function readWebSearch({ dialect, type, json }: ServerTool): WebSearch | undefined {
  if (!Object.hasOwn(names, dialect) || names[dialect]?.test(type) !== true) return undefined;
  const declared = parseJson(json);
  // Google's is an object with one member, which is the tool.
  const tool = isObject(declared) && dialect === "gemini.generate" ? objectOf(Object.values(declared)[0]) : declared;
  if (!isObject(tool)) return undefined;
  const filters = objectOf(tool["filters"]) ?? tool;
  return {
    allowedDomains: stringsOf(filters["allowed_domains"]),
    blockedDomains: stringsOf(filters["blocked_domains"] ?? tool["excludeDomains"] ?? tool["exclude_domains"]),
    location: readLocation(objectOf(tool["user_location"])),
    maxUses: uint32Of(tool["max_uses"]),
    contextSize: stringOf(tool["search_context_size"]),
    rest: Object.keys(tool).filter((key) => !knownFields.has(key)),
  };
}

/** OpenAI's Chat has the place one level deeper. */
function readLocation(location: JsonObject | undefined): JsonObject | undefined {
  const place = objectOf(location?.["approximate"]) ?? location;
  const said = locationFields.filter((field) => typeof place?.[field] === "string");
  return said.length === 0 ? undefined : Object.fromEntries(said.map((field) => [field, place?.[field]]));
}

function stringsOf(value: JsonObject[string]): readonly string[] {
  return arrayOf(value).filter((item) => typeof item === "string");
}

/** The request with OpenAI Chat's `web_search_options`, which is no tool there, among its tools. The same object where it has none. */
export function liftWebSearchOptions(request: ChatRequest): ChatRequest {
  const type = "web_search_options";
  const dialect = "openai.chat";
  const found = request.extensions.find((extension) => extension.dialect === dialect && extension.field === type);
  if (found === undefined) return request;
  const tool = create(ToolSchema, { kind: { case: "server", value: { dialect, type, json: found.json } } });
  return {
    ...request,
    tools: [...request.tools, tool],
    extensions: request.extensions.filter((extension) => extension !== found),
  };
}
