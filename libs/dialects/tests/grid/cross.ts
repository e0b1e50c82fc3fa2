import { isDeepStrictEqual } from "node:util";
import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import type { ChatResponse } from "@sluice/api/sluice/chat/v1/chat_response";
import { type ParameterChange, ParameterChangeKind } from "@sluice/api/sluice/provider/v1/attempt";
import { createSseDecoder, type SseEvent } from "@sluice/sse";
import { collectResponse } from "../../src/collect-response.ts";
import type { Dialect } from "../../src/dialect.ts";
import { explodeResponse } from "../../src/explode-response.ts";
import { findStreamFaults } from "../../src/stream-invariants.ts";
import type { AnswerFeature } from "./answer-features.ts";
import type { RequestFeature } from "./request-feature.ts";

/**
 * What becomes of a feature on a crossing. `inexpressible`: the side where it begins has no way to say it. `lost`: gone, and nobody was told;
 * never right.
 */
export type Fate = "kept" | "converted" | "dropped" | "refused" | "inexpressible" | "lost";

/** A model whose name says nothing: what is seen is the dialects' and no model's. */
const model = "a-model";
const address = { model, stream: false };
const encodeOptions = { model, stream: false, defaultMaxOutputTokens: 16_384 };
const told = { fallbackId: "fallback", fallbackCreatedSeconds: 1_790_000_000 };

/** A request that a client of `from` makes, on its way to a provider that speaks `to`. */
export function crossRequest(feature: RequestFeature, from: Dialect, to: Dialect): Fate {
  const meant = feature.request(from.name);
  const asked = throughDialect(from, meant);
  if (asked === undefined || !isDeepStrictEqual(feature.probe(asked), feature.probe(meant))) return "inexpressible";
  const encoded = to.encodeRequest(asked, encodeOptions);
  if (encoded.kind === "refused") return "refused";
  const arrived = to.decodeRequest(encoded.body, address);
  if (arrived.kind === "invalid") throw new Error(`${to.name} cannot read what it wrote: ${arrived.problem.message}`);
  return fateOf(
    feature.probe(asked),
    feature.probe(arrived.value),
    newChanges(encoded.changes, plainChanges(from, to)),
  );
}

/** The request as a client of the dialect would write it, read again. */
function throughDialect(dialect: Dialect, request: ChatRequest): ChatRequest | undefined {
  const encoded = dialect.encodeRequest(request, encodeOptions);
  if (encoded.kind === "refused") return undefined;
  const decoded = dialect.decodeRequest(encoded.body, address);
  return decoded.kind === "valid" ? decoded.value : undefined;
}

/** What changes on the crossing in a request that says nothing in particular. */
function plainChanges(from: Dialect, to: Dialect): readonly ParameterChange[] {
  const plain = from.decodeRequest(plainRequests[from.name] ?? {}, address);
  if (plain.kind === "invalid") throw new Error(`${from.name}: ${plain.problem.message}`);
  const encoded = to.encodeRequest(plain.value, encodeOptions);
  return encoded.kind === "encoded" ? encoded.changes : [];
}

const plainRequests: Readonly<Record<string, Parameters<Dialect["decodeRequest"]>[0]>> = {
  "openai.chat": { model, messages: [{ role: "user", content: "Hello" }] },
  "openai.responses": { model, input: "Hello" },
  "anthropic.messages": { model, max_tokens: 16_384, messages: [{ role: "user", content: "Hello" }] },
  "gemini.generate": { contents: [{ role: "user", parts: [{ text: "Hello" }] }] },
  "bedrock.converse": { messages: [{ role: "user", content: [{ text: "Hello" }] }] },
  "cohere.chat": { model, messages: [{ role: "user", content: "Hello" }] },
};

/** An answer that a provider of `from` gives, on its way to a client of `to`, whole and as a stream: both have the same fate. */
export function crossAnswer(feature: AnswerFeature, from: Dialect, to: Dialect): { whole: Fate; streamed: Fate } {
  return { whole: crossWhole(feature, from, to), streamed: crossStream(feature, from, to) };
}

function crossWhole(feature: AnswerFeature, from: Dialect, to: Dialect): Fate {
  const meant = feature.answer();
  const given = from.decodeResponse(from.encodeResponse(meant, told).body);
  if (given.kind !== "response" || !isDeepStrictEqual(feature.probe(given.response), feature.probe(meant))) {
    return "inexpressible";
  }
  const { body, changes } = to.encodeResponse(given.response, told);
  const arrived = to.decodeResponse(body);
  if (arrived.kind !== "response") throw new Error(`${to.name} cannot read what it wrote: ${JSON.stringify(arrived)}`);
  return fateOf(feature.probe(given.response), feature.probe(arrived.response), changes);
}

function crossStream(feature: AnswerFeature, from: Dialect, to: Dialect): Fate {
  const meant = feature.answer();
  const given = throughStream(from, meant).response;
  if (!isDeepStrictEqual(feature.probe(given), feature.probe(meant))) return "inexpressible";
  const { response, changes } = throughStream(to, given);
  return fateOf(feature.probe(given), feature.probe(response), changes);
}

function throughStream(dialect: Dialect, answer: ChatResponse) {
  const encoder = dialect.createStreamEncoder({ ...told, includeUsage: true });
  const written = explodeResponse(answer)
    .map((event) => encoder.push(event))
    .join("");
  const decoder = dialect.createStreamDecoder();
  const sse = createSseDecoder();
  const events = [...sse.push(Buffer.from(written))].flatMap((item) => decoder.push(item as SseEvent));
  events.push(...decoder.end());
  const faults = findStreamFaults(events);
  if (faults.length > 0) throw new Error(`${dialect.name}: ${faults.join("; ")}`);
  return { response: collectResponse(events), changes: encoder.changes() };
}

function newChanges(
  changes: readonly ParameterChange[],
  usual: readonly ParameterChange[],
): readonly ParameterChange[] {
  return changes.filter(
    (change) => !usual.some((other) => other.parameter === change.parameter && other.kind === change.kind),
  );
}

function fateOf(before: unknown, after: unknown, changes: readonly ParameterChange[]): Fate {
  const same = isDeepStrictEqual(before, after);
  const dropped = changes.some((change) => change.kind === ParameterChangeKind.DROPPED);
  if (same) return changes.some((change) => change.kind === ParameterChangeKind.CONVERTED) ? "converted" : "kept";
  if (after === undefined && dropped) return "dropped";
  return changes.length === 0 ? "lost" : dropped && after === undefined ? "dropped" : "converted";
}
