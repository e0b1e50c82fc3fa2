/** The fields whose values are secrets, as patterns of paths. */
const secretFields: ReadonlySet<string> = new Set([
  "providers[].api_keys[]",
  "providers[].aws.access_key_id",
  "providers[].aws.secret_access_key",
  "keys[].secret",
  "notify[].webhook",
]);

/** Whether a field's value is a secret: it is never shown, logged or returned. Takes a pattern of a path, such as `keys[].secret`. */
export function isSecret(pattern: string): boolean {
  return secretFields.has(pattern);
}

/** Which references policy replaces: all but those to the credentials of providers, which only the adapter has. */
export function resolvesForPolicy(path: string): boolean {
  return !/^providers\[\d+\]\.(api_keys\[\d+\]|aws\.(access_key_id|secret_access_key))$/.test(path);
}

/** Which references the adapter replaces: those of providers, because it has no use for any other secret. */
export function resolvesForAdapter(path: string): boolean {
  return path.startsWith("providers[");
}
