interface Range {
  from: number;
  to: number;
}

/** Which sequences are acknowledged: all up to `lowWater`, and ranges above it. As small as the gaps are few. */
export class AcknowledgedSequences {
  lowWater = 0;
  /** How many there are. */
  count = 0;
  /** Disjoint, not adjacent, rising, all above lowWater + 1. */
  readonly #ranges: Range[] = [];

  has(sequence: number): boolean {
    if (sequence <= this.lowWater) return true;
    const range = this.#ranges[this.#indexOf(sequence)];
    return range !== undefined && range.from <= sequence;
  }

  /** False if it was there already. */
  add(sequence: number): boolean {
    if (this.has(sequence)) return false;
    this.count += 1;
    if (sequence === this.lowWater + 1) {
      this.lowWater = sequence;
      const first = this.#ranges[0];
      if (first !== undefined && first.from === sequence + 1) {
        this.lowWater = first.to;
        this.#ranges.shift();
      }
      return true;
    }
    const index = this.#indexOf(sequence);
    const before = this.#ranges[index - 1];
    const after = this.#ranges[index];
    const joinsBefore = before !== undefined && before.to === sequence - 1;
    const joinsAfter = after !== undefined && after.from === sequence + 1;
    if (joinsBefore && joinsAfter) {
      before.to = after.to;
      this.#ranges.splice(index, 1);
    } else if (joinsBefore) before.to = sequence;
    else if (joinsAfter) after.from = sequence;
    else this.#ranges.splice(index, 0, { from: sequence, to: sequence });
    return true;
  }

  /** Index of the first range that ends at or above `sequence`. */
  #indexOf(sequence: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = this.#ranges[middle];
      if (range !== undefined && range.to < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
