/** `Authorization: Bearer …`, as most take a key. */
export function bearer(apiKey: string): readonly string[] {
  return ["authorization", `Bearer ${apiKey}`];
}

/** A key in a header of its own. */
export function keyIn(header: string): (apiKey: string) => readonly string[] {
  return (apiKey) => [header, apiKey];
}
