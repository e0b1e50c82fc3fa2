/** A Postgres int8multirange of these sequences: "{[1,4),[7,8)}" for 1, 2, 3 and 7. Zero stands for no place and is left out. */
export function formatSequenceRanges(sequences: Iterable<bigint>): string {
  const sorted = [...new Set(sequences)]
    .filter((sequence) => sequence > 0n)
    .sort((left, right) => (left < right ? -1 : 1));
  const ranges: string[] = [];
  let first: bigint | undefined;
  let next: bigint | undefined;
  for (const sequence of sorted) {
    if (sequence !== next) {
      if (first !== undefined) ranges.push(`[${first},${next})`);
      first = sequence;
    }
    next = sequence + 1n;
  }
  if (first !== undefined) ranges.push(`[${first},${next})`);
  return `{${ranges.join(",")}}`;
}
