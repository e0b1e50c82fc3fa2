import { carriageReturn, findLineEnd, hasLoneCarriageReturn, lineFeed } from "./line-ends.ts";

const colon = 0x3a;
const space = 0x20;

/** What the lines of one block say. */
export interface BlockLines {
  /** Undefined without a `data` line. */
  data: string | undefined;
  event: string | undefined;
  id: string | undefined;
  retryMs: number | undefined;
  comments: string[] | undefined;
  /** Lines that are no comments, known or not. */
  fields: number;
}

/** Reads the lines of a block of valid UTF-8 (WHATWG HTML, section 9.2.6, seen 2026-11-22). The last may lack its line end. */
export function readBlockLines(block: Buffer): BlockLines {
  const lines: BlockLines = {
    data: undefined,
    event: undefined,
    id: undefined,
    retryMs: undefined,
    comments: undefined,
    fields: 0,
  };
  const anyLineEnd = hasLoneCarriageReturn(block);
  let start = 0;
  while (start < block.length) {
    let lineEnd = anyLineEnd ? findLineEnd(block, start) : block.indexOf(lineFeed, start);
    if (lineEnd === -1) lineEnd = block.length;
    const end = block[lineEnd - 1] === carriageReturn && lineEnd > start ? lineEnd - 1 : lineEnd;
    if (end > start) readLine(block, start, end, lines);
    start = lineEnd + 1;
  }
  return lines;
}

function readLine(block: Buffer, start: number, end: number, lines: BlockLines): void {
  // "data:" by its bytes: the only field of most streams.
  if (
    block[start] === 0x64 &&
    block[start + 1] === 0x61 &&
    block[start + 2] === 0x74 &&
    block[start + 3] === 0x61 &&
    block[start + 4] === colon &&
    start + 5 <= end
  ) {
    addData(lines, readValue(block, start + 5, end));
    return;
  }
  if (block[start] === colon) {
    lines.comments ??= [];
    lines.comments.push(readValue(block, start + 1, end));
    return;
  }
  let nameEnd = block.indexOf(colon, start);
  if (nameEnd === -1 || nameEnd > end) nameEnd = end;
  readField(block.toString("utf8", start, nameEnd), readValue(block, nameEnd + 1, end), lines);
}

function readValue(block: Buffer, start: number, end: number): string {
  const from = block[start] === space ? start + 1 : start;
  return from < end ? block.toString("utf8", from, end) : "";
}

function addData(lines: BlockLines, value: string): void {
  lines.fields += 1;
  lines.data = lines.data === undefined ? value : `${lines.data}\n${value}`;
}

function readField(name: string, value: string, lines: BlockLines): void {
  if (name === "data") {
    addData(lines, value);
    return;
  }
  lines.fields += 1;
  if (name === "event") lines.event = value === "" ? undefined : value;
  else if (name === "id" && !value.includes("\0")) lines.id = value;
  else if (name === "retry" && /^\d{1,15}$/.test(value)) lines.retryMs = Number(value);
}
