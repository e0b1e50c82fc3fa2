import { createHash } from "node:crypto";

/** How the secrets that Sluice makes begin. */
export const secretPrefix = "sk-sluice-";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** How many bytes of chance a secret holds, and how many digits of base 62 they take. */
export const secretBytes = 32;
const digits = 43;

/** The secret of a virtual key: `sk-sluice-` and 32 random bytes in base 62, always 53 characters. */
export function encodeSecret(random: Uint8Array): string {
  if (random.length !== secretBytes) throw new RangeError(`${random.length} random bytes, expected ${secretBytes}`);
  let rest = random.reduce((number, byte) => number * 256n + BigInt(byte), 0n);
  let text = "";
  for (; rest > 0n; rest /= 62n) text = alphabet.charAt(Number(rest % 62n)) + text;
  return secretPrefix + text.padStart(digits, "0");
}

/** What is kept of a secret. */
export function digestSecret(secret: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(secret, "utf8").digest());
}

/** The first characters, to tell keys apart: six beyond the prefix of those that Sluice makes, four of any other. */
export function hintOf(secret: string): string {
  return secret.startsWith(secretPrefix) ? secret.slice(0, secretPrefix.length + 6) : secret.slice(0, 4);
}
