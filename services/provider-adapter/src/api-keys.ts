import type { Clock } from "@sluice/runtime";

/** A provider's credentials, used in turn; one that the provider refuses rests for a while. */
export interface ApiKeys {
  /** The next to use. Undefined: the provider needs none. */
  take(): string | undefined;
  /** The provider refused the key, for its rate or altogether. */
  rest(apiKey: string | undefined, forMs: number): void;
}

/** The longest that a key rests: a provider that asks for more is asked again sooner, with one request. */
const longestRestMs = 60_000;

export function createApiKeys(apiKeys: readonly string[], clock: Clock): ApiKeys {
  const restsUntilMs = new Map<string, number>();
  let next = 0;

  return {
    take() {
      if (apiKeys.length <= 1) return apiKeys[0];
      const nowMs = clock.monotonicMs();
      const start = next;
      for (let step = 0; step < apiKeys.length; step += 1) {
        const place = (start + step) % apiKeys.length;
        const apiKey = apiKeys[place] as string;
        if ((restsUntilMs.get(apiKey) ?? 0) <= nowMs) {
          next = (place + 1) % apiKeys.length;
          return apiKey;
        }
      }
      // All rest: the one that has rested longest is as good as any, and the provider's answer is truer than a guess.
      return [...apiKeys].sort((a, b) => (restsUntilMs.get(a) ?? 0) - (restsUntilMs.get(b) ?? 0))[0];
    },
    rest(apiKey, forMs) {
      if (apiKey !== undefined) restsUntilMs.set(apiKey, clock.monotonicMs() + Math.min(forMs, longestRestMs));
    },
  };
}
