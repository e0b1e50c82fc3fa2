/** Which entry. Entries of one partition are never found from another. */
export interface EntryKey {
  readonly partition: string;
  /** SHA-256, 32 bytes. */
  readonly digest: Uint8Array;
}

export const maxPartitionLength = 128;
export const digestBytes = 32;

/** A text that stands for the key and for no other one: the digest is of fixed length, so nothing needs to part the two. */
export function textOfKey({ partition, digest }: EntryKey): string {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString("latin1") + partition;
}

/** What is wrong with a key that came from outside. Undefined: nothing. */
export function findKeyFault(key: { readonly partition: string; readonly digest: Uint8Array }): string | undefined {
  // Counted as the contract counts, in characters: no text has more of them than UTF-16 code units.
  if (key.partition === "") return "key.partition is empty, expected whose answers to look in";
  if (key.partition.length > maxPartitionLength && [...key.partition].length > maxPartitionLength) {
    return `key.partition is longer than ${maxPartitionLength} characters`;
  }
  if (key.digest.length !== digestBytes) {
    return `key.digest has ${key.digest.length} bytes, expected the ${digestBytes} of a SHA-256`;
  }
  return undefined;
}
