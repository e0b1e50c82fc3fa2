import type { Cuts, Pace } from "./script.ts";

/** How an answer is put on the wire: its pace, its cuts, and where it breaks. */
export interface Wire {
  readonly headersDelayMs: number;
  readonly firstEventDelayMs: number;
  readonly eventDelayMs: number;
  readonly cuts: Cuts;
  /** forMs undefined: for ever. */
  readonly beforeHeaders:
    | { readonly kind: "send" }
    | { readonly kind: "reset" }
    | { readonly kind: "stall"; readonly forMs: number | undefined };
  readonly breakOff?: BreakOff;
  /** Added to the true content-length; the connection is closed after the body. */
  readonly contentLengthOffset: number;
}

export interface BreakOff {
  readonly afterEvents: number;
  /** stall: nothing more; reset: RST; close: FIN inside the HTTP body; end: a proper end of the HTTP body. */
  readonly how: "stall" | "reset" | "close" | "end";
  readonly stallMs?: number | undefined;
}

export const PLAIN_WIRE: Wire = {
  headersDelayMs: 0,
  firstEventDelayMs: 0,
  eventDelayMs: 0,
  cuts: { kind: "whole" },
  beforeHeaders: { kind: "send" },
  contentLengthOffset: 0,
};

/** The wire a pace asks for. A rate in tokens is a delay between events of tokensPerEvent (default 4) tokens. */
export function wireOf(pace: Pace | undefined): Wire {
  if (pace === undefined) {
    return PLAIN_WIRE;
  }
  const eventDelayMs =
    pace.eventDelayMs ??
    (pace.tokensPerSecond === undefined ? 0 : ((pace.tokensPerEvent ?? 4) * 1000) / pace.tokensPerSecond);
  return {
    ...PLAIN_WIRE,
    headersDelayMs: pace.headersDelayMs ?? 0,
    firstEventDelayMs: pace.firstEventDelayMs ?? 0,
    eventDelayMs,
    cuts: pace.cuts ?? (eventDelayMs > 0 ? { kind: "events" } : { kind: "whole" }),
  };
}
