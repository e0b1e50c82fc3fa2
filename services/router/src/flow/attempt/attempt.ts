import type { UsageRecorder } from "../../usage/usage-recorder.ts";
import type { Attempter, AttemptTools } from "./attempt-order.ts";
import { complete } from "./complete.ts";
import { embed } from "./embed.ts";
import { forward } from "./forward.ts";
import { stream } from "./stream.ts";

/** Makes attempts: the intent goes to the journal, the call is made, the end is booked before the answer's last byte leaves. */
export function createAttempter(options: AttemptTools & { readonly recorder: UsageRecorder }): Attempter {
  return async (order) => {
    const opened = await options.recorder.open(order);
    if (opened.kind === "refused") return { kind: "failed", refusal: opened.refusal, final: true };
    const { payload, facts } = order.request;
    switch (payload.kind) {
      case "embeddings":
        return embed(options, order, payload, opened.attempt);
      case "forward":
        return forward(options, order, payload, opened.attempt);
      default:
        return (facts.stream ? stream : complete)(options, order, payload, opened.attempt);
    }
  };
}
