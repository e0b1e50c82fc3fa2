/** Remainders of each byte, of the polynomial of ISO 3309 reflected. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1)
    remainder = (remainder & 1) === 0 ? remainder >>> 1 : (remainder >>> 1) ^ 0xedb88320;
  return remainder;
});

/** The CRC-32 (as of gzip) of the bytes from `start` up to `end`, unsigned. `before`: the CRC-32 of what stands before them. */
export function crc32(bytes: Uint8Array, start: number, end: number, before = 0): number {
  let remainder = ~before;
  for (let at = start; at < end; at += 1) {
    remainder = (table[(remainder ^ (bytes[at] as number)) & 0xff] as number) ^ (remainder >>> 8);
  }
  return ~remainder >>> 0;
}
