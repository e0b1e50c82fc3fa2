/** Demands are summed over at least this long before a rate is made of them. */
const bucketMs = 250;
/** After which a rate that no longer holds has half its weight. */
const halfLifeMs = 500;

/**
 * How fast money is asked for, in nano-dollars per millisecond. An estimate in floating point, for sizing leases; never an amount that is
 * reserved or charged.
 */
export class DemandMeter {
  #rate: number | undefined;
  #sum = 0;
  #bucketStartMs: number;
  #largest = 0n;
  #largestBefore = 0n;

  constructor(nowMs: number) {
    this.#bucketStartMs = nowMs;
  }

  /** Returns whether a bucket was full and the rate is a new one. */
  observe(amountNanos: bigint, nowMs: number): boolean {
    const elapsedMs = nowMs - this.#bucketStartMs;
    const full = elapsedMs >= bucketMs;
    if (full) {
      this.#rate = this.#mix(elapsedMs);
      this.#largestBefore = elapsedMs < 8 * bucketMs ? this.#largest : 0n;
      this.#largest = 0n;
      this.#sum = 0;
      this.#bucketStartMs = nowMs;
    } else if (elapsedMs < 0) {
      this.#bucketStartMs = nowMs;
    }
    this.#sum += Number(amountNanos);
    if (amountNanos > this.#largest) this.#largest = amountNanos;
    return full;
  }

  /** What will be asked for within `forMs`, if it goes on like this: the present burst or the lasting rate, whichever is more. */
  expectWithin(forMs: number, nowMs: number): bigint {
    const elapsedMs = nowMs - this.#bucketStartMs;
    const rate = elapsedMs >= bucketMs ? this.#mix(elapsedMs) : Math.max(this.#rate ?? 0, this.#sum / bucketMs);
    return BigInt(Math.ceil(rate * forMs));
  }

  /** What will be asked for within `forMs` by traffic that has lasted: a burst that has only begun does not count. */
  expectLasting(forMs: number, nowMs: number): bigint {
    const elapsedMs = nowMs - this.#bucketStartMs;
    const rate = elapsedMs >= bucketMs ? this.#mix(elapsedMs) : (this.#rate ?? 0);
    return BigInt(Math.ceil(rate * forMs));
  }

  /** The largest single demand of late. */
  get largestNanos(): bigint {
    if (this.#largest > this.#largestBefore) return this.#largest;
    return this.#largestBefore;
  }

  #mix(elapsedMs: number): number {
    if (this.#rate === undefined) return this.#sum / elapsedMs;
    const kept = 0.5 ** (elapsedMs / halfLifeMs);
    return this.#rate * kept + (this.#sum / elapsedMs) * (1 - kept);
  }
}
