import { patternOf } from "./decode-context.ts";

/** The fields whose values are secrets, as patterns of paths. */
const secretFields: ReadonlySet<string> = new Set([
  "providers[].api_keys[]",
  "providers[].aws.access_key_id",
  "providers[].aws.secret_access_key",
  "providers[].aws.session_token",
  "providers[].azure.client_secret",
  "providers[].google.credentials",
  "providers[].oauth.client_secret",
  "keys[].secret",
  "notify[].webhook",
]);

/** Any entry of a mapping whose values are secrets. */
const secretMap = /^providers\[\]\.headers[.[]/;

/** Whether a field's value is a secret: it is never shown, logged or returned. Takes a pattern of a path, such as `keys[].secret`. */
export function isSecret(pattern: string): boolean {
  return secretFields.has(pattern) || secretMap.test(pattern);
}

/** Which references policy replaces: all but those to the credentials of providers, which only the adapter has. */
export function resolvesForPolicy(path: string): boolean {
  return !(path.startsWith("providers[") && isSecret(patternOf(path)));
}

/** Which references the adapter replaces: those of providers, because it has no use for any other secret. */
export function resolvesForAdapter(path: string): boolean {
  return path.startsWith("providers[");
}
