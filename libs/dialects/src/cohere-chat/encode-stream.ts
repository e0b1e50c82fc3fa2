import { type Citation, type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { ResponseStart, StreamEvent, StreamFinish, TextDelta } from "@sluice/api/sluice/chat/v1/stream_event";
import { formatSse, formatSseComment } from "@sluice/sse";
import type { JsonObject, JsonValue, StreamEncoder, StreamEncoderOptions } from "../dialect.ts";
import { reportForeignExtensions, restoreExtensions } from "../extension.ts";
import { isArray } from "../json.ts";
import { createChanges } from "../parameter-change.ts";
import { encodeCitation } from "./citation.ts";
import { isPlan, readOwn, reportSigned, reportUnsayable } from "./encode-response.ts";
import { formatStreamError } from "./error.ts";
import { encodeFinish } from "./finish-reason.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { encodeUsage } from "./usage.ts";
import { type Draft, dialectName, messageFields } from "./wire.ts";

type Piece =
  | { readonly kind: "text"; readonly index: number; text: string }
  /** `index` is undefined until there is something to tell. */
  | { readonly kind: "thinking"; index: number | undefined }
  | { readonly kind: "plan" }
  | { readonly kind: "call"; readonly index: number }
  | { readonly kind: "unsaid" };

/**
 * Writes the hub's events as Cohere's. Blocks and calls are numbered apart, in order of appearance, so that pieces that interleave are told as
 * they come. A good end is a `message-end` with the reason; a broken one has the reason ERROR.
 */
export function createStreamEncoder(options: StreamEncoderOptions): StreamEncoder {
  const changes = createChanges();
  const pieces = new Map<number, Piece>();
  let blocks = 0;
  let calls = 0;
  let citationCount = 0;
  let started = false;

  function write(type: string, fields: JsonObject = {}): string {
    return formatSse({ event: type, data: JSON.stringify({ type, ...fields }) });
  }

  function say(type: string, index: number, message: JsonObject, rest: JsonObject = {}): string {
    return write(type, { index, delta: { message }, ...rest });
  }

  function start(event: ResponseStart | undefined): string {
    if (started) return "";
    started = true;
    const message: Draft = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] };
    restoreExtensions(event?.extensions ?? [], dialectName, message, messageFields, changes);
    return write("message-start", { id: event?.id || options.fallbackId, delta: { message } });
  }

  function push(event: StreamEvent): string {
    switch (event.event.case) {
      case "responseStart":
        return start(event.event.value);
      case "ping":
        return formatSseComment("ping");
      case "error":
        return formatStreamError(event.event.value.message);
      case undefined:
        return "";
      case "finish":
        return start(undefined) + finish(event.event.value);
      default:
        if (event.candidate === 0) return start(undefined) + pushPiece(event);
        changes.drop("candidates", "further answers: Cohere has one");
        return "";
    }
  }

  function pushPiece({ event, part }: StreamEvent): string {
    const piece = pieces.get(part);
    switch (event.case) {
      case "textStart":
        return startText(part);
      case "refusalStart":
        changes.convert("refusal", "a refusal told as text");
        return startText(part);
      case "textDelta":
        return piece?.kind === "text" ? growText(piece, event.value) : "";
      case "refusalDelta": {
        if (piece?.kind !== "text" || event.value.text === "") return "";
        return say("content-delta", piece.index, { content: { text: event.value.text } });
      }
      case "reasoningStart":
        reportSigned({ signature: "", redactedData: event.value.redactedData }, changes);
        pieces.set(part, isPlan(event.value.extensions) ? { kind: "plan" } : { kind: "thinking", index: undefined });
        return "";
      case "reasoningDelta":
        reportSigned({ signature: event.value.signature, redactedData: "" }, changes);
        return growReasoning(piece, event.value.text);
      case "toolCallStart": {
        const { id, tool, toolKind, signature } = event.value;
        if (signature !== "") changes.drop("tool_calls.signature", "Cohere signs no calls");
        if (toolKind === ToolCallKind.SERVER) {
          changes.drop("server_tool_call", `${tool}, which the provider ran`);
          pieces.set(part, { kind: "unsaid" });
          return "";
        }
        const index = calls++;
        pieces.set(part, { kind: "call", index });
        return say("tool-call-start", index, {
          tool_calls: { id, type: "function", function: { name: tool, arguments: "" } },
        });
      }
      case "toolCallDelta":
        if (piece?.kind !== "call" || event.value.arguments === "") return "";
        return say("tool-call-delta", piece.index, { tool_calls: { function: { arguments: event.value.arguments } } });
      case "textEnd":
        if (event.value.signature !== "") changes.drop("content.signature", "Cohere signs no texts");
        return end(part, piece);
      case "refusalEnd":
      case "reasoningEnd":
      case "toolCallEnd":
        return end(part, piece);
      case "wholePart":
        return pushWhole(event.value, part);
      default:
        return "";
    }
  }

  function startText(part: number): string {
    const index = blocks++;
    pieces.set(part, { kind: "text", index, text: "" });
    return say("content-start", index, { content: { type: "text", text: "" } });
  }

  function growText(piece: Piece & { kind: "text" }, delta: TextDelta): string {
    const { text, citations, logprobsJson, extensions } = delta;
    reportForeignExtensions(extensions, dialectName, changes);
    piece.text += text;
    const logprobs = joinLogprobs(encodeLogprobs(logprobsJson));
    const said =
      text === "" && logprobs === undefined
        ? ""
        : say("content-delta", piece.index, { content: { text } }, logprobs === undefined ? {} : { logprobs });
    return said + citations.map((citation) => cite(citation, piece)).join("");
  }

  function cite(citation: Citation, piece: Piece & { kind: "text" }): string {
    const encoded = encodeCitation(citation, piece.text, piece.index);
    if (encoded === undefined) return "";
    const index = citationCount++;
    return say("citation-start", index, { citations: encoded }) + write("citation-end", { index });
  }

  function growReasoning(piece: Piece | undefined, text: string): string {
    if (text === "") return "";
    if (piece?.kind === "plan") return write("tool-plan-delta", { delta: { message: { tool_plan: text } } });
    if (piece?.kind !== "thinking") return "";
    let opening = "";
    if (piece.index === undefined) {
      piece.index = blocks++;
      opening = say("content-start", piece.index, { content: { type: "thinking", thinking: "" } });
    }
    return opening + say("content-delta", piece.index, { content: { thinking: text } });
  }

  function end(part: number, piece: Piece | undefined): string {
    pieces.delete(part);
    if (piece?.kind === "call") return write("tool-call-end", { index: piece.index });
    const index = piece?.kind === "text" || piece?.kind === "thinking" ? piece.index : undefined;
    return index === undefined ? "" : write("content-end", { index });
  }

  function pushWhole(whole: Part, part: number): string {
    const own = readOwn(whole);
    if (own !== undefined) {
      const index = blocks++;
      return say("content-start", index, { content: own }) + write("content-end", { index });
    }
    if (whole.kind.case === "text") {
      const { text, citations } = whole.kind.value;
      const opening = startText(part);
      const piece = pieces.get(part);
      if (piece?.kind !== "text") return opening;
      piece.text = text;
      const said = say("content-delta", piece.index, { content: { text } });
      return opening + said + citations.map((citation) => cite(citation, piece)).join("") + end(part, piece);
    }
    reportUnsayable(whole, changes);
    return "";
  }

  function finish(event: StreamFinish): string {
    const candidate = event.candidates.find((one) => one.candidate === 0);
    const reason = encodeFinish(candidate?.finish, changes);
    const usage = encodeUsage(event.usage, event.usageJson);
    const delta: Draft = {
      ...(reason !== undefined && { finish_reason: reason }),
      ...(usage !== undefined && { usage }),
    };
    const isKept = (field: string) => field === "candidates[0].citations";
    const others = event.extensions.filter(({ dialect, field }) => dialect !== dialectName || !isKept(field));
    restoreExtensions(others, dialectName, delta, endFields, changes);
    const kept = event.extensions.find(({ dialect, field }) => dialect === dialectName && isKept(field));
    const citations: JsonValue = kept === undefined ? [] : (JSON.parse(kept.json) as JsonValue);
    let text = "";
    for (const citation of isArray(citations) ? citations : []) {
      const index = citationCount++;
      text += say("citation-start", index, { citations: citation }) + write("citation-end", { index });
    }
    return text + write("message-end", { delta: delta as JsonObject });
  }

  return { push, changes: () => changes.list() };
}

const endFields: ReadonlySet<string> = new Set(["finish_reason", "usage", "error"]);

/** An event has one entry: its text, with the numbers of all its tokens. */
function joinLogprobs(items: readonly JsonObject[]): JsonObject | undefined {
  if (items.length === 0) return undefined;
  const join = (field: string) => items.flatMap((item) => (isArray(item[field]) ? item[field] : []));
  return {
    text: items.map((item) => item["text"]).join(""),
    token_ids: join("token_ids"),
    ...(items.some((item) => isArray(item["logprobs"])) && { logprobs: join("logprobs") }),
  };
}
