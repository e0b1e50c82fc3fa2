import type { Clock } from "@sluice/runtime";
import type { Authorization, CredentialSource, NoAuthorization } from "./credential-source.ts";
import { createRenewed, type Kept } from "./renewed.ts";

/** What a provider's token service gave; or why it gave nothing: lower case, no full stop, never a secret. */
export type TokenAnswer =
  | { readonly kind: "token"; readonly value: string; readonly expiresAtMs: number }
  | NoAuthorization;

/** A source whose token is fetched, kept and renewed; what is made of a token is made once for each. */
export function createFetchedToken(options: {
  /** May reject: that is told without the error's text, which may hold a secret. */
  readonly fetch: (signal: AbortSignal) => Promise<TokenAnswer>;
  /** How the provider takes a token: name, value, name, value. */
  readonly headersOf: (token: string) => readonly string[];
  readonly clock: Clock;
}): CredentialSource {
  const { fetch, headersOf, clock } = options;
  const tokens = createRenewed<Authorization["headers"]>({
    clock,
    noun: "token",
    async fetch(signal) {
      const answer = await fetch(signal);
      if (answer.kind === "unavailable") return answer;
      return { kind: "fetched", value: headersOf(answer.value), expiresAtMs: answer.expiresAtMs };
    },
  });
  const authorizationOf = (kept: Kept<Authorization["headers"]> | NoAuthorization): Authorization | NoAuthorization =>
    kept.kind === "unavailable"
      ? kept
      : {
          kind: "authorized",
          headers: kept.value,
          refused(why) {
            if (why === "credential") tokens.discard(kept);
          },
        };
  return {
    authorize() {
      const taken = tokens.take();
      return taken instanceof Promise ? taken.then(authorizationOf) : authorizationOf(taken);
    },
  };
}
