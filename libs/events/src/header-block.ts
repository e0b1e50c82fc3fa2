/** A name in visible ASCII without colon, and a value without line breaks. */
const NAME = /^[\x21-\x39\x3b-\x7e]+$/;
const LINE_BREAK = /[\r\n]/;

/**
 * The headers of a NATS message as they are sent (NATS client protocol, HPUB, https://docs.nats.io/reference/reference-protocols/nats-protocol,
 * seen 2026-11-22). Throws TypeError if a name or value is malformed.
 */
export function encodeHeaders(
  name: string,
  value: string,
  others: Readonly<Record<string, string>> | undefined,
): Uint8Array {
  let block = `NATS/1.0\r\n${formatHeader(name, value)}`;
  if (others !== undefined) for (const other of Object.keys(others)) block += formatHeader(other, others[other] ?? "");
  return Buffer.from(`${block}\r\n`);
}

function formatHeader(name: string, value: string): string {
  if (!NAME.test(name)) throw new TypeError(`header name ${JSON.stringify(name)} is malformed: expected visible ASCII`);
  if (LINE_BREAK.test(value)) throw new TypeError(`the value of header ${name} holds a line break, expected none`);
  return `${name}: ${value.trim()}\r\n`;
}
