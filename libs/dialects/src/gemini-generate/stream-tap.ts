import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import type { SseEvent } from "@sluice/sse";
import type { JsonObject, StreamTap, TapEnd, Tapped, TappedFacts, UpstreamErrorBody } from "../dialect.ts";
import { arrayOf, isObject, parseJson, stringOf, uint32Of } from "../json.ts";
import { camelize, messageOf } from "./camel-case.ts";
import { countCharacters } from "./count-characters.ts";
import { findError, isAnswer, readBlockReason } from "./decode-response.ts";
import { readError } from "./error.ts";
import { decodeBlock, decodeFinish } from "./finish-reason.ts";
import { decodeUsage } from "./usage.ts";

/** States: open until an error, or something that is no chunk. The answer's end is the body's. */
type State =
  | { readonly phase: "open" }
  | { readonly phase: "error"; readonly error: UpstreamErrorBody }
  | { readonly phase: "malformed"; readonly message: string };

type CandidateFacts = { raw: string; calledFunction: boolean };

const silent: Tapped = { forward: true, outputCharacters: 0, usage: undefined };

/**
 * Google tells usage with every chunk, so no event is kept from the client; and as the counts differ, no chunk is like another but for its text:
 * each is read.
 */
export function createStreamTap(): StreamTap {
  let state: State = { phase: "open" };
  let usage: TokenUsage | undefined;
  let responseId = "";
  let responseModel = "";
  let blockReason = "";
  const candidates = new Map<number, CandidateFacts>();

  function push(event: SseEvent): Tapped {
    if (state.phase !== "open") return silent;
    const data = event.data.trim();
    if (data === "") return silent;
    const value = parseJson(data);
    const error = isObject(value) ? findError(value) : readError(value);
    if (error !== undefined) {
      state = { phase: "error", error };
      return silent;
    }
    const chunk = isObject(value) ? camelize(value) : undefined;
    if (chunk === undefined || !isAnswer(chunk)) {
      const message =
        chunk === undefined
          ? `expected a chunk in JSON, got ${data.length} characters that are not`
          : "expected a chunk with an array candidates";
      state = { phase: "malformed", message };
      return silent;
    }
    return readChunk(chunk);
  }

  function readChunk(chunk: JsonObject): Tapped {
    const reported = decodeUsage(chunk["usageMetadata"]);
    if (reported !== undefined) usage = reported;
    if (responseId === "") responseId = stringOf(chunk["responseId"]) ?? "";
    if (responseModel === "") responseModel = stringOf(chunk["modelVersion"]) ?? "";
    const reason = readBlockReason(chunk);
    if (reason !== "") blockReason = reason;
    let outputCharacters = 0;
    for (const [position, entry] of arrayOf(chunk["candidates"]).entries()) {
      const candidate = messageOf(entry);
      if (candidate === undefined) continue;
      const index = uint32Of(candidate["index"]) ?? position;
      const facts = candidates.get(index) ?? { raw: "", calledFunction: false };
      candidates.set(index, facts);
      const { characters, callsFunction } = countCharacters(candidate);
      outputCharacters += characters;
      facts.calledFunction ||= callsFunction;
      facts.raw = stringOf(candidate["finishReason"]) || facts.raw;
    }
    return { forward: true, outputCharacters, usage: reported };
  }

  function isFinished(): boolean {
    const all = [...candidates.values()];
    return all.length === 0 ? blockReason !== "" : all.every(({ raw }) => raw !== "");
  }

  function readFacts(): TappedFacts {
    const first = candidates.get(candidates.size === 0 ? 0 : Math.min(...candidates.keys()));
    const said = first === undefined ? undefined : decodeFinish(first.raw, first.calledFunction);
    const finish = first === undefined ? decodeBlock(blockReason) : said;
    const isKnown = first === undefined ? blockReason !== "" : first.raw !== "";
    return { usage, finish: isKnown ? finish : undefined, responseId, responseModel };
  }

  function end(): TapEnd {
    const facts = readFacts();
    switch (state.phase) {
      case "error":
        return { kind: "error", error: state.error, facts };
      case "malformed":
        return { kind: "malformed", message: state.message, facts };
      case "open":
        return { kind: isFinished() ? "finished" : "truncated", facts };
    }
  }

  return {
    push,
    skim: () => -1,
    get ended() {
      return state.phase !== "open";
    },
    end,
  };
}
