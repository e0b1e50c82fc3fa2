import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { JsonObject, RequestProblem } from "../dialect.ts";
import { isArray, setMember } from "../json.ts";
import { type Changes, createChanges } from "../parameter-change.ts";
import { type EmbeddingDialectName, type EncodedEmbeddingRequests, maxEmbeddingCalls } from "./embedding-dialect.ts";
import type { EmbeddingEncoding, EmbeddingInput, EmbeddingRequest } from "./embedding-request.ts";

/** What happens to a request on its way to a provider: what is changed, and the first thing that cannot cross. */
export interface EmbeddingCrossing {
  readonly target: EmbeddingDialectName;
  readonly request: EmbeddingRequest;
  readonly changes: Changes;
  refuse(parameter: string, message: string): void;
  readonly refusal: RequestProblem | undefined;
}

export function createEmbeddingCrossing(request: EmbeddingRequest, target: EmbeddingDialectName): EmbeddingCrossing {
  let refusal: RequestProblem | undefined;
  return {
    target,
    request,
    changes: createChanges(),
    refuse(parameter, message) {
      refusal ??= { parameter, message };
    },
    get refusal() {
      return refusal;
    },
  };
}

/** The inputs in groups of at most `size`, one for each call. */
export function groupInputs(crossing: EmbeddingCrossing, size: number): (readonly EmbeddingInput[])[] {
  const { inputs } = crossing.request;
  const most = size * maxEmbeddingCalls;
  if (inputs.length > most)
    crossing.refuse("input", `${inputs.length} inputs, expected at most ${most} for this model`);
  const groups: (readonly EmbeddingInput[])[] = [];
  for (let start = 0; start < inputs.length; start += size) groups.push(inputs.slice(start, start + size));
  return groups;
}

/** A body, with the members that the client's own dialect has beside those that the hub knows. Those of another dialect are reported. */
export function finishBody({ request, target, changes }: EmbeddingCrossing, body: JsonObject): JsonObject {
  const written: Record<string, JsonObject[string]> = { ...body };
  for (const [member, value] of Object.entries(request.rest)) {
    if (value === undefined) continue;
    if (request.dialect !== target) changes.drop(member, `a field of ${request.dialect}`);
    else if (!Object.hasOwn(written, member)) setMember(written, member, value);
  }
  return written;
}

export function finishCrossing(
  crossing: EmbeddingCrossing,
  bodies: readonly JsonObject[],
  operation: string,
): EncodedEmbeddingRequests {
  const { refusal, changes } = crossing;
  if (refusal !== undefined) return { kind: "refused", reason: ErrorReason.UNTRANSLATABLE, problem: refusal };
  return { kind: "encoded", bodies, operation, changes: changes.list() };
}

/** Only floats, or their base64, can be made of what the provider gives. */
export function refuseOtherEncodings({ request, refuse, target }: EmbeddingCrossing): void {
  const other = request.encodings.find((encoding) => !isFloat(encoding));
  if (other !== undefined)
    refuse("encoding_format", `vectors of ${other}, expected float or base64: ${target} has no others`);
}

export function isFloat(encoding: EmbeddingEncoding): boolean {
  return encoding === "float" || encoding === "base64";
}

/**
 * A number of dimensions for a model whose vectors have but these lengths, the first unless another is asked for. A wish for another is
 * refused: vectors of another length than their index are of no use.
 */
export function fitDimensions(crossing: EmbeddingCrossing, lengths: readonly number[] | undefined): number | undefined {
  const { dimensions } = crossing.request;
  if (dimensions === undefined || lengths === undefined) return dimensions;
  if (!lengths.includes(dimensions)) {
    crossing.refuse(
      "dimensions",
      `${dimensions} dimensions, expected ${lengths.join(" or ")}: the model has no others`,
    );
  }
  return lengths.length === 1 ? undefined : dimensions;
}

/** Tokens mean something to one tokenizer alone. */
export function refuseTokens({ request, refuse }: EmbeddingCrossing): void {
  if (request.inputs.some(({ content }) => content.kind === "tokens")) {
    refuse("input", "tokens instead of text, expected text: another model's tokens are others");
  }
}

/** The text of an input that has no pictures. Several texts are joined, and that is reported. */
export function textOf({ content }: EmbeddingInput, { changes }: EmbeddingCrossing): string {
  if (content.kind === "text") return content.text;
  if (content.kind === "tokens") return "";
  const texts = content.parts.flatMap((part) => (part.kind === "text" ? [part.text] : []));
  if (texts.length > 1) changes.convert("input", "several texts are read as one");
  return texts.join("\n");
}

export function dropTitles({ request, changes }: EmbeddingCrossing): void {
  if (request.inputs.some(({ title }) => title !== undefined))
    changes.drop("title", "the provider has no place for it");
}

/** Parameters that a provider has none of. Those that change nothing are left out without a word. */
export function dropParameters(
  { request, changes }: EmbeddingCrossing,
  names: readonly ("task" | "truncate" | "maxInputTokens" | "normalize" | "endUser")[],
): void {
  for (const name of names) {
    const value = request[name];
    if (value === undefined || (name === "normalize" && value === true)) continue;
    if (name === "truncate" && value === "none") continue;
    changes.drop(parameterNames[name], "the provider has none");
  }
}

const parameterNames = {
  task: "task",
  truncate: "truncate",
  maxInputTokens: "max_tokens",
  normalize: "normalize",
  endUser: "user",
} as const;

/** The members of a body that are in none of these. */
export function restOf(body: JsonObject, known: ReadonlySet<string>): JsonObject {
  const rest: Record<string, JsonObject[string]> = {};
  for (const [member, value] of Object.entries(body)) {
    if (!known.has(member) && value !== undefined && value !== null) setMember(rest, member, value);
  }
  return rest;
}

/** A list of numbers, as a vector is. */
export function isVector(value: JsonObject[string]): value is readonly number[] {
  return isArray(value) && value.every((number) => typeof number === "number");
}
