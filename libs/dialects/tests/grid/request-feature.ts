import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type ChatRequest, ChatRequestSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import { type Part, Role } from "@sluice/api/sluice/chat/v1/content";
import type { DialectName } from "../../src/dialect.ts";

/** Something that a request may say. */
export type RequestFeature = {
  readonly name: string;
  /** A request that says it. `own`: the dialect of the client, for what each dialect has in a form of its own. */
  readonly request: (own: DialectName) => ChatRequest;
  /** What a request says of it, in a form that is equal where it is the same. Undefined: nothing. */
  readonly probe: (request: ChatRequest) => unknown;
};

export type Init = MessageInitShape<typeof ChatRequestSchema>;
type MessageInit = NonNullable<Init["messages"]>[number];
export type PartInit = NonNullable<Extract<MessageInit, { parts?: unknown }>["parts"]>[number];

export const text = (value: string): PartInit => ({ kind: { case: "text", value: { text: value } } });
export const user = (...parts: PartInit[]): MessageInit => ({ role: Role.USER, parts });
export const assistant = (...parts: PartInit[]): MessageInit => ({ role: Role.ASSISTANT, parts });
export const results = (...parts: PartInit[]): MessageInit => ({ role: Role.TOOL, parts });

export const weather = {
  kind: {
    case: "function",
    value: {
      name: "get_weather",
      description: "Tells the weather",
      parametersJsonSchema: '{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}',
    },
  },
} as const;
export const call = (id: string, city: string, more: object = {}): PartInit => ({
  kind: { case: "toolCall", value: { id, tool: "get_weather", arguments: `{"city":"${city}"}`, ...more } },
});
export const result = (id: string, ...content: PartInit[]): PartInit => ({
  kind: { case: "toolResult", value: { toolCallId: id, content: content as never, tool: "get_weather" } },
});
export const picture = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
export const image = (source: object, more: object = {}): PartInit => ({
  kind: { case: "image", value: { media: { mediaType: "image/png", ...source } as never, ...more } },
});
export const inline = { source: { case: "inlineData", value: picture } };
export const document = (value: object): PartInit => ({ kind: { case: "document", value: value as never } });

/** A conversation with the parameters or messages of a feature. */
export function feature(
  name: string,
  init: Init | ((own: DialectName) => Init),
  probe: RequestFeature["probe"],
): RequestFeature {
  return {
    name,
    request: (own) =>
      create(ChatRequestSchema, {
        model: "m",
        messages: [user(text("Hello"))],
        ...(typeof init === "function" ? init(own) : init),
      }),
    probe,
  };
}

export const partsOf = (request: ChatRequest): readonly Part[] => request.messages.flatMap((message) => message.parts);
export const kindsOf = <K extends Part["kind"]["case"]>(request: ChatRequest, kind: K) =>
  partsOf(request).flatMap((part) =>
    part.kind.case === kind ? [part.kind.value as Extract<Part["kind"], { case: K }>["value"]] : [],
  );
export const textsOf = (request: ChatRequest, role: Role): string =>
  request.messages
    .filter((message) => message.role === role)
    .flatMap((message) => message.parts)
    .map((part) => (part.kind.case === "text" ? part.kind.value.text : ""))
    .join("\n");
export const json = (value: string): unknown => (value === "" ? undefined : JSON.parse(value));
export const some = <T>(values: readonly T[]): readonly T[] | undefined => (values.length === 0 ? undefined : values);
export const mediaOf = (kind: "image" | "document" | "audio") => (request: ChatRequest) =>
  some(
    (
      kindsOf(request, kind) as readonly { media?: { source: { case?: string; value?: unknown }; mediaType: string } }[]
    ).map(({ media }) => [
      media?.source.case,
      media?.source.value instanceof Uint8Array ? Buffer.from(media.source.value).toString("hex") : media?.source.value,
    ]),
  );

export const toolTurn: Init = {
  tools: [weather],
  messages: [user(text("Weather?")), assistant(call("call_1", "Oslo")), results(result("call_1", text("snow")))],
};
