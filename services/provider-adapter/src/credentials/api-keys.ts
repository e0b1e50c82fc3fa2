import type { Clock } from "@sluice/runtime";
import type { Authorization, CredentialSource } from "./credential-source.ts";

/** The longest that a key rests: a provider that asks for more is asked again sooner, with one request. */
const longestRestMs = 60_000;

/** A provider that needs no credential. */
const nothingToShow: Authorization = { kind: "authorized", headers: [], refused: () => undefined };

/** A provider's API keys, used in turn; one that the provider refuses rests for a while. `headersOf`: how the provider takes a key. */
export function createApiKeys(
  apiKeys: readonly string[],
  headersOf: (apiKey: string) => readonly string[],
  clock: Clock,
): CredentialSource {
  const keys = apiKeys.map((apiKey) => {
    const key = {
      restsUntilMs: Number.NEGATIVE_INFINITY,
      authorization: {
        kind: "authorized",
        headers: headersOf(apiKey),
        refused(_why, restMs) {
          key.restsUntilMs = clock.monotonicMs() + Math.min(restMs, longestRestMs);
        },
      } satisfies Authorization as Authorization,
    };
    return key;
  });
  const only = keys.length === 0 ? nothingToShow : keys.length === 1 ? keys[0]?.authorization : undefined;
  if (only !== undefined) return { authorize: () => only };

  let next = 0;
  return {
    authorize() {
      const nowMs = clock.monotonicMs();
      for (let step = 0; step < keys.length; step += 1) {
        const place = (next + step) % keys.length;
        const key = keys[place] as (typeof keys)[number];
        if (key.restsUntilMs <= nowMs) {
          next = (place + 1) % keys.length;
          return key.authorization;
        }
      }
      // All rest: the one that has rested longest is as good as any, and the provider's answer is truer than a guess.
      return keys.reduce((best, key) => (key.restsUntilMs < best.restsUntilMs ? key : best)).authorization;
    },
  };
}
