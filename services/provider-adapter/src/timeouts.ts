/** Time limits on the phases of a call, in milliseconds. */
export type Timeouts = {
  /** To open a connection. */
  readonly connectMs: number;
  /**
   * From the request's last byte to the answer's first token. Undefined, where nobody set it: a minute for a stream; a whole answer's first
   * token comes with its last, so there `totalMs` alone holds.
   */
  readonly firstTokenMs: number | undefined;
  /** Between two pieces of an answer. */
  readonly idleMs: number;
  /** For the call as a whole. */
  readonly totalMs: number;
};

export const defaultTimeouts: Timeouts = {
  connectMs: 2_000,
  firstTokenMs: undefined,
  idleMs: 30_000,
  totalMs: 600_000,
};

/** How long a stream may take to its first token where nobody set it. */
export const defaultStreamFirstTokenMs = 60_000;
