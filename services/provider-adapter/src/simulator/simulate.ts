import { setTimeout as sleep } from "node:timers/promises";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { Role } from "@sluice/api/sluice/chat/v1/content";
import { type StreamEvent, StreamEventSchema } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import type { SimulatorBehaviour } from "./simulator-models.ts";

const loremWords =
  "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua".split(
    " ",
  );
const defaultLoremWords = 64;
const slowWordMs = 200;
const maxOutputTokens = 4_096;

/** One token for each word and each blank after it would be a guess like any other: four characters make a token, one at least. */
export function countTokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}

/** What a simulated model says, word by word, as the hub's events. `failing`: this is a flaky model's bad turn. */
export async function* simulate(
  behaviour: SimulatorBehaviour,
  request: ChatRequest,
  options: { readonly id: string; readonly failing: boolean; readonly signal: AbortSignal },
): AsyncGenerator<StreamEvent> {
  yield event({ case: "responseStart", value: { id: options.id, model: `simulator/${behaviour}` } });
  if (options.failing) {
    yield event({
      case: "error",
      value: {
        reason: ErrorReason.UPSTREAM_OVERLOADED,
        message: "overloaded, as simulated",
        providerCode: "overloaded_error",
      },
    });
    return;
  }
  const limit = Math.min(request.maxOutputTokens ?? maxOutputTokens, maxOutputTokens);
  const words = behaviour === "lorem" ? loremOf(request.maxOutputTokens) : lastWordsOf(request);
  let said = "";
  let cut = false;
  yield event({ case: "textStart", value: {} });
  for (const word of words) {
    if (countTokens(said + word) > limit) {
      cut = true;
      break;
    }
    if (behaviour === "slow") await sleep(slowWordMs, undefined, { signal: options.signal });
    said += word;
    yield event({ case: "textDelta", value: { text: word } });
  }
  yield event({ case: "textEnd", value: {} });
  yield event({
    case: "finish",
    value: {
      candidates: [
        {
          candidate: 0,
          finish: cut ? { reason: FinishReason.LENGTH, raw: "length" } : { reason: FinishReason.STOP, raw: "stop" },
        },
      ],
      usage: create(TokenUsageSchema, {
        inputTokens: countTokens(textOf(request)),
        outputTokens: said === "" ? 0 : countTokens(said),
      }),
    },
  });
}

function event(kind: MessageInitShape<typeof StreamEventSchema>["event"]): StreamEvent {
  return create(StreamEventSchema, kind === undefined ? {} : { event: kind });
}

function loremOf(limit: number | undefined): string[] {
  const count = limit === undefined ? defaultLoremWords : Math.min(limit, maxOutputTokens);
  return Array.from({ length: count }, (_, place) => `${loremWords[place % loremWords.length]} `);
}

/** What the user said last, cut into words with the blanks that follow them. */
function lastWordsOf(request: ChatRequest): string[] {
  const last = request.messages.findLast((message) => message.role === Role.USER) ?? request.messages.at(-1);
  const text = (last?.parts ?? [])
    .map((part) => (part.kind.case === "text" ? part.kind.value.text : ""))
    .filter((words) => words !== "")
    .join("\n");
  return text.match(/\s*\S+\s*/g) ?? ["(nothing to echo)"];
}

function textOf(request: ChatRequest): string {
  return request.messages
    .flatMap((message) => message.parts)
    .map((part) => (part.kind.case === "text" ? part.kind.value.text : ""))
    .join("");
}
