import { create } from "@bufbuild/protobuf";
import type { ChatResponse } from "@sluice/api/sluice/chat/v1/chat_response";
import { type Extension, ExtensionSchema, type Part } from "@sluice/api/sluice/chat/v1/content";
import { CandidateFinishSchema, type StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { parseJson } from "./json.ts";
import { nameCandidateField, namePartField } from "./piece-field.ts";
import { createStreamEvent } from "./stream-event.ts";

/** The events by which a whole answer is told as a stream: each piece in one delta. `collectResponse` gives the same answer back. */
export function explodeResponse(response: ChatResponse): StreamEvent[] {
  const { id, model, createTime, systemFingerprint, serviceTier, extensions, usage, usageJson } = response;
  const events: StreamEvent[] = [
    createStreamEvent({
      case: "responseStart",
      value: { id, model, createTime, systemFingerprint, serviceTier, extensions },
    }),
  ];
  const late: Extension[] = [];
  for (const candidate of response.candidates) {
    let logprobsJson = candidate.logprobsJson;
    for (const [index, part] of candidate.parts.entries()) {
      events.push(...explodePart(part, candidate.index, index, logprobsJson));
      if (part.kind.case === "text") logprobsJson = "";
      // A refusal alone has no place for them where it begins.
      if (part.kind.case !== "refusal") continue;
      for (const extension of part.extensions) {
        late.push(rename(extension, namePartField(extension, candidate.index, index)));
      }
    }
    for (const extension of candidate.extensions) {
      late.push(rename(extension, nameCandidateField(extension, candidate.index)));
    }
    // No text to tell them with: an answer that refuses or calls tools alone.
    if (logprobsJson !== "" && parseJson(logprobsJson) !== undefined) {
      const field = `candidates[${candidate.index}].logprobs`;
      late.push(create(ExtensionSchema, { dialect: "openai.chat", field, json: logprobsJson }));
    }
  }
  const candidates = response.candidates.map(({ index, finish }) =>
    create(CandidateFinishSchema, { candidate: index, finish: finish ?? {} }),
  );
  events.push(createStreamEvent({ case: "finish", value: { candidates, usage, usageJson, extensions: late } }));
  return events;
}

function rename(extension: Extension, field: string): Extension {
  return create(ExtensionSchema, {
    dialect: extension.dialect,
    field: field.slice(0, 256),
    json: extension.json,
  });
}

/** The events by which one piece is told. */
export function explodePart(part: Part, candidate: number, index: number, logprobsJson = ""): StreamEvent[] {
  const events: StreamEvent[] = [];
  const emit = (event: Parameters<typeof createStreamEvent>[0]) =>
    events.push(createStreamEvent(event, candidate, index));
  const { extensions } = part;
  switch (part.kind.case) {
    case "text": {
      const { text, citations, signature, signer } = part.kind.value;
      emit({ case: "textStart", value: { extensions } });
      if (text !== "" || citations.length > 0 || logprobsJson !== "") {
        emit({ case: "textDelta", value: { text, citations, logprobsJson } });
      }
      emit({ case: "textEnd", value: { signature, signer } });
      break;
    }
    case "reasoning": {
      const { id, summary, redactedData, signer, text, signature } = part.kind.value;
      emit({ case: "reasoningStart", value: { id, summary, redactedData, signer, extensions } });
      if (text !== "" || signature !== "") emit({ case: "reasoningDelta", value: { text, signature } });
      emit({ case: "reasoningEnd", value: {} });
      break;
    }
    case "refusal":
      emit({ case: "refusalStart", value: {} });
      if (part.kind.value.text !== "") emit({ case: "refusalDelta", value: { text: part.kind.value.text } });
      emit({ case: "refusalEnd", value: {} });
      break;
    case "toolCall": {
      const { id, tool, toolKind, signature, signer, arguments: input } = part.kind.value;
      emit({ case: "toolCallStart", value: { id, tool, toolKind, signature, signer, extensions } });
      if (input !== "") emit({ case: "toolCallDelta", value: { arguments: input } });
      emit({ case: "toolCallEnd", value: {} });
      break;
    }
    default:
      emit({ case: "wholePart", value: part });
  }
  return events;
}
