export const lineFeed = 0x0a;
export const carriageReturn = 0x0d;

/** Whether a CR stands without its LF, at the very end included. Streams of LF and CRLF alone can be scanned for LF. */
export function hasLoneCarriageReturn(bytes: Buffer): boolean {
  let position = bytes.indexOf(carriageReturn);
  while (position !== -1) {
    if (bytes[position + 1] !== lineFeed) return true;
    position = bytes.indexOf(carriageReturn, position + 2);
  }
  return false;
}

/** Index of the LF or CR that ends the line at `start`; the length of `bytes` if none does. */
export function findLineEnd(bytes: Buffer, start: number): number {
  for (let position = start; position < bytes.length; position += 1) {
    const byte = bytes[position];
    if (byte === lineFeed || byte === carriageReturn) return position;
  }
  return bytes.length;
}
