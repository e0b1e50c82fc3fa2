import type { Extension } from "@sluice/api/sluice/chat/v1/content";

/** Whose field an extension of `finish` is: of the whole answer, of a candidate, or of one of its pieces. */
export type FieldOwner =
  | { readonly kind: "answer" }
  | { readonly kind: "candidate"; readonly candidate: number; readonly field: string }
  | { readonly kind: "part"; readonly candidate: number; readonly part: number; readonly field: string };

const ofPart = /^candidates\[(\d{1,3})\]\.parts\[(\d{1,5})\]\.(.+)$/s;
const ofCandidate = /^candidates\[(\d{1,3})\]\.(.+)$/s;

// Candidates, and pieces that have no place for extensions where they begin, have theirs told by path when the answer ends.

export function readFieldOwner(extension: Extension): FieldOwner {
  const part = ofPart.exec(extension.field);
  if (part !== null) {
    return { kind: "part", candidate: Number(part[1]), part: Number(part[2]), field: part[3] ?? "" };
  }
  const candidate = ofCandidate.exec(extension.field);
  if (candidate !== null) return { kind: "candidate", candidate: Number(candidate[1]), field: candidate[2] ?? "" };
  return { kind: "answer" };
}

export function namePartField(extension: Extension, candidate: number, part: number): string {
  return `candidates[${candidate}].parts[${part}].${extension.field}`;
}

export function nameCandidateField(extension: Extension, candidate: number): string {
  return `candidates[${candidate}].${extension.field}`;
}
