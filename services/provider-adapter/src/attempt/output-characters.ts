import type { ChatResponse } from "@sluice/api/sluice/chat/v1/chat_response";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";

/** Characters (UTF-16 units) of text, reasoning and arguments in a whole answer: the base of an estimate where usage is not reported. */
export function charactersOf(response: ChatResponse): number {
  let characters = 0;
  for (const candidate of response.candidates) {
    for (const { kind } of candidate.parts) {
      if (kind.case === "text" || kind.case === "reasoning" || kind.case === "refusal")
        characters += kind.value.text.length;
      else if (kind.case === "toolCall") characters += kind.value.arguments.length;
    }
  }
  return characters;
}

/** The same of one event of a stream. */
export function charactersOfEvent({ event }: StreamEvent): number {
  switch (event.case) {
    case "textDelta":
    case "reasoningDelta":
    case "refusalDelta":
      return event.value.text.length;
    case "toolCallDelta":
      return event.value.arguments.length;
    default:
      return 0;
  }
}
