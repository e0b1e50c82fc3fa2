/** A call that is about to be made, as far as a signature may cover it. */
export type CallToAuthorize = {
  readonly method: string;
  readonly origin: string;
  /** With its query, exactly as it is sent. */
  readonly path: string;
  readonly body: Uint8Array;
};

/** Leave to make one call. */
export type Authorization = {
  readonly kind: "authorized";
  /** Name, value, name, value: the headers by which the provider knows who calls. */
  readonly headers: readonly string[];
  /**
   * The provider refused it. `rate`: the account has asked too much; `credential`: it is not, or no longer, taken, so that one that is kept is
   * thrown away. Where there are several, this one rests for `restMs`.
   */
  refused(why: "rate" | "credential", restMs: number): void;
};

/** There is nothing to show the provider. */
export type NoAuthorization = {
  readonly kind: "unavailable";
  /** Lower case, no full stop: what was tried and what is wrong with it. Never a secret. */
  readonly message: string;
};

/**
 * What proves to a provider that Sluice may call it. Asked once for each call, at the last moment.
 *
 * At once where it is at hand (an API key, a token that still holds, a signature); a promise where it must be fetched first. A source bounds
 * the time that it takes, fetches once for all who wait, keeps what it fetched until shortly before it expires, and rejects never: what
 * cannot be had is `unavailable`.
 */
export interface CredentialSource {
  authorize(call: CallToAuthorize): Authorization | NoAuthorization | Promise<Authorization | NoAuthorization>;
}
