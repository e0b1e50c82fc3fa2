import type { Clock } from "@sluice/runtime";
import type { NoAuthorization } from "./credential-source.ts";

/** What was fetched, and until when it holds; or why there is nothing. */
export type Fetched<T> =
  | { readonly kind: "fetched"; readonly value: T; readonly expiresAtMs: number }
  | NoAuthorization;

/** Something that is fetched, kept, and fetched anew before it expires. */
export interface Renewed<T> {
  /** At once where it is at hand. Rejects never. */
  take(): Kept<T> | NoAuthorization | Promise<Kept<T> | NoAuthorization>;
  /** It was refused: thrown away, unless it is so young that another would be refused too. */
  discard(kept: Kept<T>): void;
}

export type Kept<T> = { readonly kind: "kept"; readonly value: T };

export type RenewedOptions<T> = {
  /** May reject: that is told without the error's text, which may hold a secret. */
  readonly fetch: (signal: AbortSignal) => Promise<Fetched<T>>;
  readonly clock: Clock;
  /** What it is called, such as `token`. */
  readonly noun: string;
  /** How long a fetch may take. Default: 10 s. */
  readonly deadlineMs?: number;
};

const defaultDeadlineMs = 10_000;
/** It is fetched anew this long before it expires, beside the calls that still use it. */
const renewBeforeMs = 5 * 60_000;
/** What expires sooner is not used: the call may take a moment to arrive. */
const leastValidMs = 10_000;
/** After a failure, this long the same answer is given, so that a service that is down is not asked for each call. */
const restAfterFailureMs = 2_000;
/** What was refused and is younger is kept: another of the same service would be refused too. */
const youngMs = 30_000;

/**
 * States: none → (a call asks) fetching → held or failed; held → (shortly before it expires, a call asks) held and fetching → held; held →
 * (the provider refuses it) none; failed → (a moment later, a call asks) fetching.
 */
export function createRenewed<T>(options: RenewedOptions<T>): Renewed<T> {
  const { clock, noun } = options;
  const deadlineMs = options.deadlineMs ?? defaultDeadlineMs;
  let held: { readonly kept: Kept<T>; readonly expiresAtMs: number; readonly fetchedAtMs: number } | undefined;
  let fetching: Promise<Kept<T> | NoAuthorization> | undefined;
  let failure: { readonly answer: NoAuthorization; readonly untilMs: number } | undefined;

  function renew(): Promise<Kept<T> | NoAuthorization> {
    fetching ??= ask().finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  async function ask(): Promise<Kept<T> | NoAuthorization> {
    const answer = await withDeadline(options.fetch, noun, deadlineMs);
    const nowMs = clock.now();
    if (answer.kind === "fetched" && answer.expiresAtMs - nowMs > leastValidMs) {
      const kept: Kept<T> = { kind: "kept", value: answer.value };
      held = { kept, expiresAtMs: answer.expiresAtMs, fetchedAtMs: nowMs };
      failure = undefined;
      return kept;
    }
    const refusal: NoAuthorization =
      answer.kind === "fetched"
        ? { kind: "unavailable", message: `the ${noun} that was fetched has expired already` }
        : answer;
    failure = { answer: refusal, untilMs: clock.monotonicMs() + restAfterFailureMs };
    return refusal;
  }

  return {
    take() {
      const restsMs = failure === undefined ? 0 : failure.untilMs - clock.monotonicMs();
      const leftMs = held === undefined ? 0 : held.expiresAtMs - clock.now();
      if (held !== undefined && leftMs > leastValidMs) {
        if (leftMs <= renewBeforeMs && restsMs <= 0) void renew();
        return held.kept;
      }
      if (fetching !== undefined) return fetching;
      if (failure !== undefined && restsMs > 0) return failure.answer;
      return renew();
    },
    discard(kept) {
      if (held?.kept === kept && clock.now() - held.fetchedAtMs >= youngMs) held = undefined;
    },
  };
}

/** Never rejects. */
async function withDeadline<T>(
  fetch: RenewedOptions<T>["fetch"],
  noun: string,
  deadlineMs: number,
): Promise<Fetched<T>> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Fetched<T>>((resolve) => {
    timer = setTimeout(() => {
      abort.abort();
      resolve({ kind: "unavailable", message: `no ${noun} came within ${deadlineMs} ms` });
    }, deadlineMs);
  });
  try {
    return await Promise.race([fetch(abort.signal), late]);
  } catch (error) {
    const { code, name } = error as { code?: unknown; name?: unknown };
    const told = [code, name].find((word) => typeof word === "string" && /^[A-Za-z0-9_]{2,64}$/.test(word));
    return {
      kind: "unavailable",
      message: `the ${noun} could not be fetched${told === undefined ? "" : ` (${told})`}`,
    };
  } finally {
    clearTimeout(timer);
  }
}
