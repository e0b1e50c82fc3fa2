/** A Postgres int8multirange of these sequences: "{[1,4),[7,8)}" for 1, 2, 3 and 7. Zero stands for no place and is left out. */
export function formatSequenceRanges(sequences: readonly bigint[]): string {
  const ranges: string[] = [];
  let first: bigint | undefined;
  let next: bigint | undefined;
  for (const sequence of inOrder(sequences)) {
    if (sequence <= 0n || (next !== undefined && sequence < next)) continue;
    if (sequence !== next) {
      if (first !== undefined) ranges.push(`[${first},${next})`);
      first = sequence;
    }
    next = sequence + 1n;
  }
  if (first !== undefined) ranges.push(`[${first},${next})`);
  return `{${ranges.join(",")}}`;
}

/** Events mostly come in order: then nothing is copied. */
function inOrder(sequences: readonly bigint[]): readonly bigint[] {
  const rises = sequences.every((sequence, place) => place === 0 || (sequences[place - 1] ?? 0n) <= sequence);
  return rises ? sequences : sequences.toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0));
}
