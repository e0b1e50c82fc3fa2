import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import type { SseEvent } from "@sluice/sse";
import type { JsonObject, StreamTap, TapEnd, Tapped, TappedFacts, UpstreamErrorBody } from "../dialect.ts";
import { isArray, isObject, objectOf, parseJson, stringOf, uint32Of } from "../json.ts";
import { PieceTemplate } from "../piece-template.ts";
import { callsTool, countCharacters, findError, readUsage } from "./decode-response.ts";
import { bareError, isChunk } from "./decode-stream.ts";
import { decodeFinish } from "./finish-reason.ts";
import { decodeUsage } from "./usage.ts";

/** States: open until `[DONE]`, an error, or something that is no chunk. */
type State =
  | { readonly phase: "open" }
  | { readonly phase: "done" }
  | { readonly phase: "error"; readonly error: UpstreamErrorBody }
  | { readonly phase: "malformed"; readonly message: string };

type ChoiceFacts = { raw: string; calledTool: boolean; stopSequence: string | undefined };

const silent: Tapped = { forward: true, outputCharacters: 0, usage: undefined };

export function createStreamTap(options: { readonly hideUsageEvent: boolean }): StreamTap {
  let state: State = { phase: "open" };
  let usage: TokenUsage | undefined;
  let responseId = "";
  let responseModel = "";
  const choices = new Map<number, ChoiceFacts>();

  const template = new PieceTemplate(textKeys, countPlain);

  function push(event: SseEvent, bytes?: Buffer): Tapped {
    const tapped = read(event);
    if (bytes !== undefined && tapped.outputCharacters > 0 && tapped.usage === undefined) template.learn(bytes);
    return tapped;
  }

  function read(event: SseEvent): Tapped {
    if (state.phase !== "open") return silent;
    const data = event.data.trim();
    if (data === "[DONE]") {
      state = { phase: "done" };
      return silent;
    }
    if (data === "" || event.event === "ping") return silent;
    const chunk = parseJson(data);
    if (!isObject(chunk)) {
      state = { phase: "malformed", message: `expected a chunk in JSON, got ${data.length} characters that are not` };
      return silent;
    }
    const error = findError(chunk) ?? bareError(chunk, event.event);
    if (error !== undefined) {
      state = { phase: "error", error };
      return silent;
    }
    return readChunk(chunk);
  }

  function readChunk(chunk: JsonObject): Tapped {
    const reported = decodeUsage(readUsage(chunk));
    if (reported !== undefined) usage = reported;
    if (responseId === "") responseId = stringOf(chunk["id"]) ?? "";
    if (responseModel === "") responseModel = stringOf(chunk["model"]) ?? "";
    const entries = chunk["choices"];
    if (!isArray(entries)) {
      if (!isChunk(chunk) && reported === undefined) {
        state = { phase: "malformed", message: "expected a chunk with an array choices" };
      }
      return { forward: true, outputCharacters: 0, usage: reported };
    }
    let outputCharacters = 0;
    for (let position = 0; position < entries.length; position += 1) {
      const choice = entries[position];
      if (isObject(choice)) outputCharacters += readChoice(choice, position);
    }
    const forward = !(options.hideUsageEvent && entries.length === 0 && reported !== undefined);
    return { forward, outputCharacters, usage: reported };
  }

  function readChoice(choice: JsonObject, position: number): number {
    const index = uint32Of(choice["index"]) ?? position;
    let facts = choices.get(index);
    if (facts === undefined) {
      facts = { raw: "", calledTool: false, stopSequence: undefined };
      choices.set(index, facts);
    }
    const finish = choice["finish_reason"];
    if (typeof finish === "string" && finish !== "") facts.raw = finish;
    facts.stopSequence = stringOf(choice["stop_reason"]) ?? facts.stopSequence;
    const delta = objectOf(choice["delta"]) ?? objectOf(choice["message"]);
    if (delta === undefined) return 0;
    facts.calledTool ||= callsTool(delta);
    return countCharacters(delta);
  }

  function readFacts(): TappedFacts {
    const first = choices.get(choices.size === 0 ? 0 : Math.min(...choices.keys()));
    const finished = first !== undefined && (first.raw !== "" || state.phase === "done");
    return {
      usage,
      finish: finished ? decodeFinish(first.raw, first.calledTool, first.stopSequence) : undefined,
      responseId,
      responseModel,
    };
  }

  function end(): TapEnd {
    const facts = readFacts();
    switch (state.phase) {
      case "error":
        return { kind: "error", error: state.error, facts };
      case "malformed":
        return { kind: "malformed", message: state.message, facts };
      case "done":
      case "open": {
        const all = [...choices.values()];
        const finished = all.length > 0 && (state.phase === "done" || all.every(({ raw }) => raw !== ""));
        return finished ? { kind: "finished", facts } : { kind: "truncated", facts };
      }
    }
  }

  return {
    push,
    skim: (bytes) => (state.phase === "open" ? template.match(bytes) : -1),
    get ended() {
      return state.phase !== "open";
    },
    end,
  };
}

const textKeys = /"(?:content|reasoning_content|reasoning|arguments)"\s*:\s*"/g;

/**
 * The characters of a chunk of one choice that has only to be counted: what else it says (ids, the choice's index, that a tool is called) is
 * known once one like it has been read. Undefined of any other event.
 */
function countPlain(event: SseEvent): number | undefined {
  if (event.event !== undefined) return undefined;
  const chunk = parseJson(event.data);
  if (!isObject(chunk) || findError(chunk) !== undefined || readUsage(chunk) !== undefined) return undefined;
  const entries = chunk["choices"];
  const choice = isArray(entries) && entries.length === 1 ? entries[0] : undefined;
  if (!isObject(choice)) return undefined;
  const { finish_reason: finish, stop_reason: stop, delta } = choice;
  if ((finish !== undefined && finish !== null) || (stop !== undefined && stop !== null)) return undefined;
  return isObject(delta) ? countCharacters(delta) : undefined;
}
