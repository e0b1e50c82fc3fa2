import type { Reading } from "./read-usage.ts";

/** What a batch says of one router process. */
export interface InstanceProgress {
  readonly instanceId: string;
  readonly sequences: readonly bigint[];
  /** How many events there are in all. Undefined: not said. */
  readonly lastSequence: bigint | undefined;
}

/** One for each router process that the readings name. */
export function gatherProgress(readings: readonly Reading[]): InstanceProgress[] {
  const byInstance = new Map<string, { instanceId: string; sequences: bigint[]; lastSequence: bigint | undefined }>();
  for (const reading of readings) {
    if (reading.kind === "poison") continue;
    const { instanceId } = reading.event;
    let progress = byInstance.get(instanceId);
    if (progress === undefined) {
      progress = { instanceId, sequences: [], lastSequence: undefined };
      byInstance.set(instanceId, progress);
    }
    if (reading.kind === "usage") {
      progress.sequences.push(reading.row.sequence);
    } else if (progress.lastSequence === undefined || reading.event.lastSequence > progress.lastSequence) {
      progress.lastSequence = reading.event.lastSequence;
    }
  }
  return [...byInstance.values()];
}
