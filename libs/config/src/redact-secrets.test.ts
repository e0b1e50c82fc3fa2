import { describe, expect, it } from "vitest";
import { redactSecrets } from "./redact-secrets.ts";

describe("redactSecrets", () => {
  it("replaces what is written out and keeps references, comments and everything else", () => {
    const text = `# mine
providers:
  - name: openai
    api_keys: [sk-live-1, "\${OPENAI_API_KEY}", "prefix-\${X}"] # two
    aws: {secret_access_key: 'abc', region: eu}
keys:
  - name: a
    secret: |
      a-block-secret
    team: t
  - {name: b, secret: *shared}
x: &shared top-secret
notify: [{webhook: https://hooks.example/T000}]
`;
    expect(redactSecrets(text)).toBe(`# mine
providers:
  - name: openai
    api_keys: ["[redacted]", "\${OPENAI_API_KEY}", "[redacted]"] # two
    aws: {secret_access_key: "[redacted]", region: eu}
keys:
  - name: a
    secret: "[redacted]"
    team: t
  - {name: b, secret: *shared}
x: &shared top-secret
notify: [{webhook: "[redacted]"}]
`);
  });

  it("replaces a secret where its anchor stands", () => {
    const text = "keys:\n  - {name: a, secret: &s top-secret}\n  - {name: b, secret: *s}\n";
    expect(redactSecrets(text)).toBe('keys:\n  - {name: a, secret: &s "[redacted]"}\n  - {name: b, secret: *s}\n');
  });

  it("says nothing of a text that is not YAML", () => {
    expect(redactSecrets("keys: [{secret: abc")).toBe("");
  });
});
