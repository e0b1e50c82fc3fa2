/**
 * What a text that a pattern of `config.proto` takes looks like, for error texts. An empty text, where the pattern takes it, means the same as
 * no field and is not mentioned.
 */
export function describePattern(pattern: string): string {
  const core = pattern.replace(/^\^\((.*)\)\?\$$/, "^$1$");
  return descriptions.get(core) ?? `text that matches ${core}`;
}

const amount = 'US dollars in digits, such as "25" or "0.15", with at most 9 decimals';

const descriptions: ReadonlyMap<string, string> = new Map([
  ["^[0-9]+(ms|s|m|h|d)$", "a duration: a whole number with a unit, such as 500ms, 2s, 10m, 1h or 1d"],
  ["^[0-9]{1,9}([.][0-9]{1,9})?$", amount],
  ["^[a-z0-9][a-z0-9_-]{0,62}$", "1 to 63 lower-case letters, digits, _ and -, the first a letter or digit"],
  ["^[a-z0-9][a-z0-9_.-]{0,62}$", "1 to 63 lower-case letters, digits, _, . and -, the first a letter or digit"],
  ["^[a-z0-9][a-z0-9_.-]*/.+$", "a deployment, {provider}/{model}, such as openai/gpt-5.5"],
  ["^[a-z][a-z0-9_]{0,31}$", "1 to 32 lower-case letters, digits and _, the first a letter"],
  ["^[a-z0-9][a-z0-9_-]{0,63}$", "1 to 64 lower-case letters, digits, _ and -, the first a letter or digit"],
  ["^[A-Za-z0-9][A-Za-z0-9-]{0,63}$", "1 to 64 letters, digits and -, the first a letter or digit"],
  ["^[a-z][a-z0-9-]{0,62}$", "1 to 63 lower-case letters, digits and -, the first a letter"],
  ["^[0-9]{4}-[0-9]{2}-[0-9]{2}(-preview)?|preview|latest$", "a version such as 2025-04-01-preview, preview or latest"],
  ["^https?://.+$", "an address that begins with http:// or https://"],
  [
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2}))?$",
    "a day such as 2027-01-01, or a moment such as 2027-01-01T12:00:00Z",
  ],
]);
