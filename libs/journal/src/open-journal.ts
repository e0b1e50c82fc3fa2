import { mkdir } from "node:fs/promises";
import { systemClock } from "@sluice/runtime";
import { FileJournal } from "./file-journal.ts";
import { claimDeadFolders, createInstanceFolder } from "./instance-folder.ts";
import { JournalError } from "./journal-error.ts";
import { inspectInstance } from "./recovered-instance.ts";
import type { JournalOptions, OpenedJournal, RecoveredInstance } from "./types.ts";

const mebibyte = 1024 * 1024;

/** Opens a new instance's journal and claims the folders of dead ones. Throws JournalError if the directory is unusable. */
export async function openJournal(options: JournalOptions): Promise<OpenedJournal> {
  const { directory, instanceId, fsync = "off", clock = systemClock, onFault = () => {} } = options;
  const segmentBytes = options.segmentBytes ?? 8 * mebibyte;
  const maxBytes = options.maxBytes ?? 1024 * mebibyte;
  if (maxBytes < 2 * segmentBytes) {
    throw new RangeError(`maxBytes ${maxBytes}, expected at least twice segmentBytes ${segmentBytes}`);
  }
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new JournalError(`cannot make the journal directory ${directory}`, { reason: "unusable_directory", cause });
  }

  const recover = async (): Promise<RecoveredInstance[]> => {
    const instances: RecoveredInstance[] = [];
    for (const folder of await claimDeadFolders(directory, clock.now())) {
      const instance = await inspectInstance(folder);
      for (const fault of instance.faults) onFault(fault);
      instances.push(instance);
    }
    return instances;
  };

  const recovered = await recover();
  const folder = await createInstanceFolder(directory, instanceId);
  try {
    const journal = new FileJournal({
      folder,
      segmentBytes,
      maxBytes,
      tailBytes: options.tailBytes ?? 8 * mebibyte,
      syncEveryMs: fsync === "off" ? undefined : fsync.everyMs,
      now: clock.now,
      onFault,
      recover,
    });
    return { journal, recovered };
  } catch (cause) {
    await folder.release();
    throw new JournalError(`cannot write in ${folder.path}`, { reason: "unusable_directory", cause });
  }
}
