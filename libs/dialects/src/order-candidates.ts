import type { Candidate } from "@sluice/api/sluice/chat/v1/chat_response";

/** The candidates by index. Undefined where two have the same: which of them an answer is cannot be told. */
export function orderCandidates(candidates: readonly Candidate[]): Candidate[] | undefined {
  const ordered = [...candidates].sort((first, second) => first.index - second.index);
  return ordered.some((candidate, place) => candidate.index === ordered[place + 1]?.index) ? undefined : ordered;
}
