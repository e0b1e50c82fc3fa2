import { FAULT_NAMES, type FaultName } from "./faults.ts";
import type { Cuts, Fault, Pace, Plan, ScriptedReply } from "./script.ts";

/**
 * The behaviour a model name asks for, or undefined for a name that asks for none.
 *
 * - `replay:<case>` or `replay-<case>` serves that recording.
 * - `fake` followed by words, each with its value: `-echo`, `-lorem-<tokens>`, `-delay-<ms>` (before the headers),
 *   `-first-<ms>` (before the first event), `-pace-<ms>` (between events), `-rate-<tokens per second>`,
 *   `-cut-<bytes|events|random>`, `-after-<events>`, and last `-fault-<name>`.
 *
 * `fake-lorem-200-pace-5-after-3-fault-reset-mid-stream` is valid; a name with an unknown word is no model.
 */
export function planOfModel(model: string): Plan | undefined {
  if (model.startsWith("replay:") || model.startsWith("replay-")) {
    return { replay: model.slice("replay:".length) };
  }
  if (model !== "fake" && !model.startsWith("fake-")) {
    return undefined;
  }
  const faultAt = model.indexOf("-fault-");
  const faultName = faultAt === -1 ? undefined : model.slice(faultAt + "-fault-".length);
  const words = (faultAt === -1 ? model : model.slice(0, faultAt)).split("-").slice(1);
  const reply: Mutable<ScriptedReply> = {};
  const pace: Mutable<Pace> = {};
  let afterEvents: number | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === "echo") {
      continue;
    }
    at += 1;
    const text = words[at] ?? "";
    const value = Number(text);
    if (word === "cut") {
      const cuts = CUTS[text];
      if (cuts === undefined) {
        return undefined;
      }
      pace.cuts = cuts;
      continue;
    }
    if (text === "" || !Number.isFinite(value)) {
      return undefined;
    }
    switch (word) {
      case "lorem":
        reply.tokens = value;
        break;
      case "delay":
        pace.headersDelayMs = value;
        break;
      case "first":
        pace.firstEventDelayMs = value;
        break;
      case "pace":
        pace.eventDelayMs = value;
        break;
      case "rate":
        pace.tokensPerSecond = value;
        break;
      case "after":
        afterEvents = value;
        break;
      default:
        return undefined;
    }
  }
  const fault = faultName === undefined ? undefined : faultOf(faultName, afterEvents);
  if (faultName !== undefined && fault === undefined) {
    return undefined;
  }
  return { reply, pace, ...(fault && { fault }) };
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

const CUTS: Readonly<Record<string, Cuts>> = {
  bytes: { kind: "bytes" },
  events: { kind: "events" },
  random: { kind: "random", seed: 1 },
};

function faultOf(name: string, afterEvents: number | undefined): Fault | undefined {
  if (!FAULT_NAMES.includes(name as FaultName)) {
    return undefined;
  }
  return { name: name as FaultName, ...(afterEvents !== undefined && { afterEvents }) };
}
