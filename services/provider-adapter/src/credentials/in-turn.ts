import type { Clock } from "@sluice/runtime";
import type { Authorization, CredentialSource, NoAuthorization } from "./credential-source.ts";

/** The longest that a source rests: a provider that asks for more is asked again sooner, with one request. */
const longestRestMs = 60_000;

/** Several sources of one provider, used in turn; one that the provider refuses rests for a while. `sources`: at least one. */
export function createInTurn(
  sources: readonly [CredentialSource, ...CredentialSource[]],
  clock: Clock,
): CredentialSource {
  if (sources.length === 1) return sources[0];
  const restsUntilMs = sources.map(() => Number.NEGATIVE_INFINITY);
  let next = 0;

  function choose(): number {
    const nowMs = clock.monotonicMs();
    for (let step = 0; step < sources.length; step += 1) {
      const place = (next + step) % sources.length;
      if ((restsUntilMs[place] as number) <= nowMs) return place;
    }
    // All rest: the one that has rested longest is as good as any, and the provider's answer is truer than a guess.
    return restsUntilMs.indexOf(Math.min(...restsUntilMs));
  }

  function watch(place: number, answer: Authorization | NoAuthorization): Authorization | NoAuthorization {
    if (answer.kind === "unavailable") return answer;
    return {
      ...answer,
      refused(why, restMs) {
        restsUntilMs[place] = clock.monotonicMs() + Math.min(restMs, longestRestMs);
        answer.refused(why, restMs);
      },
    };
  }

  return {
    authorize(call) {
      const place = choose();
      next = (place + 1) % sources.length;
      const asked = (sources[place] as CredentialSource).authorize(call);
      return asked instanceof Promise ? asked.then((answer) => watch(place, answer)) : watch(place, asked);
    },
  };
}
