export { JournalError, type JournalErrorReason } from "./journal-error.ts";
export { openJournal } from "./open-journal.ts";
export type {
  EndRecord,
  IntentOutcome,
  Journal,
  JournalFault,
  JournalHealth,
  JournalOptions,
  OpenedJournal,
  OpenIntent,
  RecoveredInstance,
  RecoveredRecord,
} from "./types.ts";
