import { carriageReturn, hasLoneCarriageReturn, lineFeed } from "./line-ends.ts";

const byteOrderMark = [0xef, 0xbb, 0xbf] as const;
const firstCarryBytes = 1_024;

export const defaultMaxEventBytes = 16 * 1024 * 1024;

/**
 * Cuts a stream into raw blocks: the lines of one event with their line ends (LF, CRLF or CR), without the blank line that
 * ends it. A byte order mark at the very start is dropped. Where the chunks are cut makes no difference.
 *
 * States of a block: empty (nothing yet; blank lines are skipped) → filling → emitted at its blank line;
 * filling → oversize once it holds more than maxEventBytes, and then let go at its blank line.
 */
export class BlockScanner {
  /** Blocks that were too large, counted when the limit is passed. */
  oversizeBlocks = 0;

  readonly #maxEventBytes: number;
  readonly #stopAtOversize: boolean;
  #carry: Buffer | undefined;
  #carryBytes = 0;
  #oversize = false;
  #lineIsEmpty = true;
  #afterCarriageReturn = false;
  #markBytes = 0;

  constructor(maxEventBytes: number, stopAtOversize: boolean) {
    this.#maxEventBytes = maxEventBytes;
    this.#stopAtOversize = stopAtOversize;
  }

  /** The blocks that `bytes` complete. Each is part of `bytes` where it begins and ends in it. */
  push(bytes: Uint8Array): Buffer[] {
    const blocks: Buffer[] = [];
    const chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const start = this.#markBytes < byteOrderMark.length ? this.#skipByteOrderMark(chunk) : 0;
    if (start === chunk.length || this.#stopped) return blocks;
    if (this.#afterCarriageReturn || hasLoneCarriageReturn(chunk)) this.#scanAnyLineEnd(chunk, start, blocks);
    else this.#scanLineFeeds(chunk, start, blocks);
    return blocks;
  }

  /** What is left of a block without its blank line. */
  remainder(): Buffer {
    if (this.#carry !== undefined) return this.#carry.subarray(0, this.#carryBytes);
    return Buffer.from(byteOrderMark.slice(0, this.#markBytes % byteOrderMark.length));
  }

  get #stopped(): boolean {
    return this.#stopAtOversize && this.oversizeBlocks > 0;
  }

  #skipByteOrderMark(chunk: Buffer): number {
    for (let position = 0; position < chunk.length; position += 1) {
      if (chunk[position] !== byteOrderMark[this.#markBytes]) {
        if (this.#markBytes > 0) this.#keep(Buffer.from(byteOrderMark.slice(0, this.#markBytes)));
        this.#lineIsEmpty = this.#markBytes === 0;
        this.#markBytes = byteOrderMark.length;
        return position;
      }
      this.#markBytes += 1;
      if (this.#markBytes === byteOrderMark.length) return position + 1;
    }
    return chunk.length;
  }

  #scanLineFeeds(chunk: Buffer, start: number, blocks: Buffer[]): void {
    let blockStart = start;
    let lineStart = start;
    for (;;) {
      const lineEnd = chunk.indexOf(lineFeed, lineStart);
      if (lineEnd === -1) break;
      const blank = lineEnd === lineStart || (lineEnd === lineStart + 1 && chunk[lineStart] === carriageReturn);
      if (blank && this.#lineIsEmpty) {
        this.#emit(chunk, blockStart, lineStart, blocks);
        if (this.#stopped) return;
        blockStart = lineEnd + 1;
      }
      this.#lineIsEmpty = true;
      lineStart = lineEnd + 1;
    }
    if (lineStart < chunk.length) this.#lineIsEmpty = false;
    if (blockStart < chunk.length) this.#keep(chunk.subarray(blockStart));
  }

  #scanAnyLineEnd(chunk: Buffer, start: number, blocks: Buffer[]): void {
    let blockStart = start;
    for (let position = start; position < chunk.length; position += 1) {
      const byte = chunk[position];
      if (byte === lineFeed && this.#afterCarriageReturn) {
        this.#afterCarriageReturn = false;
        // The second half of a blank line's CRLF belongs to no block.
        if (position === blockStart && this.#carryBytes === 0 && !this.#oversize) blockStart = position + 1;
        continue;
      }
      this.#afterCarriageReturn = byte === carriageReturn;
      if (byte !== lineFeed && byte !== carriageReturn) {
        this.#lineIsEmpty = false;
      } else if (this.#lineIsEmpty) {
        this.#emit(chunk, blockStart, position, blocks);
        if (this.#stopped) return;
        blockStart = position + 1;
      } else {
        this.#lineIsEmpty = true;
      }
    }
    if (blockStart < chunk.length) this.#keep(chunk.subarray(blockStart));
  }

  #emit(chunk: Buffer, start: number, end: number, blocks: Buffer[]): void {
    if (this.#carryBytes === 0 && !this.#oversize) {
      if (end - start > this.#maxEventBytes) this.oversizeBlocks += 1;
      else if (end > start) blocks.push(chunk.subarray(start, end));
      return;
    }
    this.#keep(chunk.subarray(start, end));
    if (this.#carry !== undefined && !this.#oversize) blocks.push(this.#carry.subarray(0, this.#carryBytes));
    this.#carry = undefined;
    this.#carryBytes = 0;
    this.#oversize = false;
  }

  #keep(piece: Buffer): void {
    if (this.#oversize) return;
    const byteLength = this.#carryBytes + piece.length;
    if (byteLength > this.#maxEventBytes) {
      this.#oversize = true;
      this.oversizeBlocks += 1;
      this.#carry = undefined;
      this.#carryBytes = 0;
      return;
    }
    if (this.#carry === undefined || this.#carry.length < byteLength) {
      const grown = Buffer.allocUnsafe(Math.max(firstCarryBytes, byteLength, 2 * this.#carryBytes));
      this.#carry?.copy(grown, 0, 0, this.#carryBytes);
      this.#carry = grown;
    }
    piece.copy(this.#carry, this.#carryBytes);
    this.#carryBytes = byteLength;
  }
}
