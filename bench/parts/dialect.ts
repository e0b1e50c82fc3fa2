import { type JsonObject, openaiChat } from "@sluice/dialects";
import { decodeSseBlock } from "@sluice/sse";
import { createEventCutter } from "../../services/provider-adapter/src/stream/event-cutter.ts";
import { bodies, chunkCount, streamReply, unaryReply } from "../hot-path/bodies.ts";
import { type Part, timePart } from "./time.ts";

const upstreamModel = "gpt-4o-mini-2024-07-18";
const maxEventBytes = 16 * 1024 * 1024;

export function dialectParts(): Part[] {
  const requests = bodies.flatMap(({ name, bytes }) => {
    const json = JSON.parse(bytes.toString()) as JsonObject;
    return [
      timePart(`JSON.parse, ${name} request`, () => JSON.parse(bytes.toString())),
      timePart(`readFacts, ${name}`, () => openaiChat.readFacts(json)),
      timePart(`rewriteRequest, ${name}: the model's name`, () => openaiChat.rewriteRequest(bytes, upstreamModel)),
    ];
  });
  const reply = unaryReply();
  const answer = JSON.parse(reply.toString()) as JsonObject;
  const chunks = streamReply();
  return [
    ...requests,
    timePart("JSON.parse, reply", () => JSON.parse(reply.toString())),
    timePart("readResponseFacts, reply", () => openaiChat.readResponseFacts(answer)),
    perChunk(timePart("stream, per chunk: skim, or cut, decode and tap", () => passThrough(chunks))),
  ];
}

/** As the adapter reads a stream that passes through: every chunk as it came, one event in each. */
function passThrough(chunks: readonly Buffer[]): number {
  const tap = openaiChat.createStreamTap({ hideUsageEvent: false });
  const cutter = createEventCutter(maxEventBytes);
  let characters = 0;
  for (const chunk of chunks) {
    const added = tap.skim(chunk);
    if (added >= 0) {
      characters += added;
      continue;
    }
    for (const { block, raw } of cutter.push(chunk)) {
      const item = decodeSseBlock(block);
      if (item?.kind === "event") characters += tap.push(item, raw).outputCharacters;
    }
  }
  return characters;
}

function perChunk(part: Part): Part {
  return { ...part, micros: part.micros / chunkCount };
}
