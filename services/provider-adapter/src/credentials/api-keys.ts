import type { Clock } from "@sluice/runtime";
import type { Authorization, CredentialSource } from "./credential-source.ts";
import { createInTurn } from "./in-turn.ts";

/** A provider's API keys, used in turn; one that the provider refuses rests for a while. `headersOf`: how the provider takes a key. */
export function createApiKeys(
  apiKeys: readonly string[],
  headersOf: (apiKey: string) => readonly string[],
  clock: Clock,
): CredentialSource {
  const [first, ...others] = apiKeys.map((apiKey) => always(headersOf(apiKey)));
  // A provider may need no credential.
  return first === undefined ? always([]) : createInTurn([first, ...others], clock);
}

/** The same for every call, made once: most providers have one key. */
function always(headers: readonly string[]): CredentialSource {
  const authorization: Authorization = { kind: "authorized", headers, refused: () => undefined };
  return { authorize: () => authorization };
}
