import { chatCompletions } from "./endpoints.ts";
import { bearer } from "./key-headers.ts";
import type { ProviderKind } from "./provider-kind.ts";

type Row = Pick<ProviderKind, "label" | "baseUrl" | "keyVariables" | "historyReasoning" | "sources"> &
  Partial<ProviderKind>;

/** The day on which the sources of the rows were looked at, where a row does not say otherwise. */
const seen = "2026-11-22";

/** A kind that is asked as OpenAI's chat completions are, with a bearer key: what a row says is what it has of its own. */
export function openaiLike(row: Row): ProviderKind {
  return {
    keyHeaders: bearer,
    baseUrlVariables: [],
    endpoints: [chatCompletions()],
    catalogue: [],
    openEnded: true,
    seen,
    ...row,
  };
}
