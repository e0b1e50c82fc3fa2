import { create } from "@bufbuild/protobuf";
import { type Part, PartSchema } from "@sluice/api/sluice/chat/v1/content";
import type { ReasoningDelta, ReasoningStart } from "@sluice/api/sluice/chat/v1/stream_event";

/** Puts a streamed piece of reasoning together. It is as large as the model's output limit allows. */
export interface ReasoningBuffer {
  push(delta: ReasoningDelta): void;
  take(): Part;
}

export function createReasoningBuffer(start: ReasoningStart): ReasoningBuffer {
  const texts: string[] = [];
  let { signer } = start;
  let signature = "";
  return {
    push(delta) {
      texts.push(delta.text);
      signature += delta.signature;
      if (delta.signer !== "") signer = delta.signer;
    },
    take: () =>
      create(PartSchema, {
        kind: {
          case: "reasoning",
          value: {
            text: texts.join(""),
            signature,
            redactedData: start.redactedData,
            id: start.id,
            summary: start.summary,
            signer,
          },
        },
        extensions: start.extensions,
      }),
  };
}
