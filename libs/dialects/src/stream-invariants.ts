import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";

type Kind = "text" | "reasoning" | "toolCall" | "refusal";

/**
 * What is wrong with a stream of the hub's events; empty: nothing. Holds for every stream of every dialect: `response_start` comes once
 * and first (an error may come alone), each `*_start` has its `*_end` and its deltas between them, parts are numbered from 0 in order of
 * appearance within their candidate, and exactly one of `finish` or `error` comes, last.
 */
export function findStreamFaults(events: readonly StreamEvent[]): readonly string[] {
  const faults: string[] = [];
  const open = new Map<string, Kind>();
  const parts = new Map<number, number>();
  let started = false;
  let ended = false;

  const begin = (event: StreamEvent, kind: Kind | undefined, at: string) => {
    const expected = parts.get(event.candidate) ?? 0;
    if (event.part !== expected) faults.push(`${at}: part ${event.part} begins, expected part ${expected}`);
    parts.set(event.candidate, Math.max(expected, event.part) + 1);
    if (kind !== undefined) open.set(`${event.candidate}/${event.part}`, kind);
  };
  const goOn = (event: StreamEvent, kind: Kind, at: string) => {
    const found = open.get(`${event.candidate}/${event.part}`);
    if (found !== kind) faults.push(`${at}: expected an open ${kind}, found ${found ?? "none"}`);
  };
  const finish = (event: StreamEvent, kind: Kind, at: string) => {
    goOn(event, kind, at);
    open.delete(`${event.candidate}/${event.part}`);
  };

  for (const [position, event] of events.entries()) {
    const name = event.event.case ?? "nothing";
    const at = `event ${position} (${name}, candidate ${event.candidate}, part ${event.part})`;
    if (ended) faults.push(`${at}: after the end`);
    if (!started && name !== "responseStart" && name !== "error" && name !== "ping") {
      faults.push(`${at}: before response_start`);
    }
    switch (event.event.case) {
      case "responseStart":
        if (started) faults.push(`${at}: a second response_start`);
        started = true;
        break;
      case "textStart":
        begin(event, "text", at);
        break;
      case "reasoningStart":
        begin(event, "reasoning", at);
        break;
      case "toolCallStart":
        begin(event, "toolCall", at);
        break;
      case "refusalStart":
        begin(event, "refusal", at);
        break;
      case "wholePart":
        begin(event, undefined, at);
        break;
      case "textDelta":
        goOn(event, "text", at);
        break;
      case "reasoningDelta":
        goOn(event, "reasoning", at);
        break;
      case "toolCallDelta":
        goOn(event, "toolCall", at);
        break;
      case "refusalDelta":
        goOn(event, "refusal", at);
        break;
      case "textEnd":
        finish(event, "text", at);
        break;
      case "reasoningEnd":
        finish(event, "reasoning", at);
        break;
      case "toolCallEnd":
        finish(event, "toolCall", at);
        break;
      case "refusalEnd":
        finish(event, "refusal", at);
        break;
      case "finish":
      case "error":
        ended = true;
        break;
      case "ping":
        break;
      case undefined:
        faults.push(`${at}: an event of no kind`);
        break;
    }
  }
  for (const [key, kind] of open) faults.push(`${kind} ${key} has no end`);
  if (!ended) faults.push("neither finish nor error");
  return faults;
}
