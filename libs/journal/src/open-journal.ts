import type { JournalOptions, OpenedJournal } from "./types.ts";

/** Opens a new instance's journal and claims the folders of dead ones. Throws JournalError if the directory is unusable. */
export function openJournal(_options: JournalOptions): Promise<OpenedJournal> {
  throw new Error("not built yet");
}
