import { describe, expect, it } from "vitest";
import { type ParseOptions, parseConfig } from "./parse-config.ts";
import { resolvesForAdapter, resolvesForPolicy } from "./secret-fields.ts";

const options: ParseOptions = {
  env: { NOTEBOOKS_KEY: "a-secret-of-the-environment", WEIGHT: "3", EMPTY: "" },
  readFile: (path) => {
    if (path === "/run/secrets/key") return "a-secret-that-came-from-a-file\n";
    throw new Error("there is no such file");
  },
  resolve: resolvesForPolicy,
};

function parse(text: string, overrides: Partial<ParseOptions> = {}) {
  return parseConfig(text, { ...options, ...overrides });
}

function problems(text: string, overrides: Partial<ParseOptions> = {}) {
  const result = parse(text, overrides);
  if (result.kind === "valid") return [];
  return result.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
}

function valid(text: string, overrides: Partial<ParseOptions> = {}) {
  const result = parse(text, overrides);
  if (result.kind === "invalid") throw new Error(result.problems.map(({ message }) => message).join("\n"));
  return result.config;
}

describe("parseConfig", () => {
  it.each(["", "# nothing but a comment\n", "---\n", "{}", "routes:\nteams:\n"])(
    "takes %j as an empty configuration",
    (text) => {
      expect(valid(text)).toMatchObject({ providers: [], routes: [], teams: [] });
    },
  );

  it("reads what is available today", () => {
    const config = valid(`
providers:
  - {name: openai, api_keys: ["\${OPENAI_API_KEY}"], region: us, retention: none, timeouts: {connect: 2s}}
  - name: local
    kind: openai_compatible
    base_url: http://127.0.0.1:8000/v1
    models:
      - {name: llama-70b, context_window: 131072, price: {input_usd_per_mtok: "0", output_usd_per_mtok: 0.50}}
routes:
  - name: chat
    strategy: priority
    targets: [{model: openai/gpt-5.5, weight: "\${WEIGHT}"}, {model: anthropic/claude-sonnet-5}, {model: local/llama-70b}]
    retry: {attempts: 3, on: [rate_limited, timeout]}
    parameters: adapt
teams:
  - {name: research, models: [chat, "openai/*", openai/gpt-5.5]}
keys:
  - {name: notebooks, team: research, secret: "\${NOTEBOOKS_KEY}", expires: 2027-01-01, tags: {app: notebooks, tier: 1}}
  - {name: jobs, team: default, secret: "\${file:/run/secrets/key}"}
budgets:
  - {name: daily, scope: {team: research}, limit_usd: 25, window: day, timezone: Europe/Berlin, steps: [{at: 1.0, then: refuse}]}
cache: {exact: {ttl: 1h}, share: team}
`);
    expect(config).toMatchObject({
      providers: [{ apiKeys: [`\${OPENAI_API_KEY}`] }, { models: [{ price: { outputUsdPerMtok: "0.50" } }] }],
      routes: [{ targets: [{ weight: 3 }, {}, {}] }],
      keys: [
        { secret: "a-secret-of-the-environment", expires: "2027-01-01", tags: { app: "notebooks", tier: "1" } },
        { secret: "a-secret-that-came-from-a-file" },
      ],
      budgets: [{ limitUsd: "25", scope: { team: "research" } }],
      cache: { exact: { ttl: "1h" } },
    });
  });

  it("names all faults at once, each with its place", () => {
    const text = `
teams:
  - {name: Research, modles: [chat]}
keys:
  - name: notebooks
    team: reserch
    secret: short
    expires: 2027-02-30
budgets:
  - name: daily
    limit_usd: "-5"
    window: fortnight
    timezone: Europe/Berln
    limit: 5
routes:
  - name: chat
    targets: {model: openai/gpt-5.5}
    retry: {attempts: eleven}
`;
    expect(problems(text)).toMatchInlineSnapshot(`
      [
        "3:12 teams[0].name: expected 1 to 63 lower-case letters, digits, _ and -, the first a letter or digit, found "Research"",
        "3:22 teams[0].modles: unknown field "modles", did you mean models?",
        "7:13 keys[0].secret: expected at least 24 characters, found a value that is not shown",
        "8:14 keys[0].expires: no such day or moment: 2027-02-30",
        "11:16 budgets[0].limit_usd: expected US dollars in digits, such as "25" or "0.15", with at most 9 decimals, found "-5"",
        "12:13 budgets[0].window: expected one of minute, hour, day, week, month, found "fortnight"",
        "13:15 budgets[0].timezone: expected the IANA name of a time zone, such as Europe/Berlin, found "Europe/Berln"",
        "14:5 budgets[0].limit: unknown field "limit", did you mean limit_usd?",
        "17:14 routes[0].targets: expected a list, found a mapping; begin each entry with "- "",
        "18:23 routes[0].retry.attempts: expected a whole number from 0 to 4294967295, found "eleven"",
      ]
    `);
  });

  it("never shows a secret", () => {
    const text = `
keys:
  - {name: a, team: default, secret: "hunter2-hunter2"}
  - {name: b, team: default, secret: "\${SHORT}"}
  - {name: c, team: "\${SHORT}", secret: "a-long-enough-secret-000"}
  - {name: d, team: "\${TEAM}", secret: "a-long-enough-secret-001"}
`;
    const found = problems(text, { env: { SHORT: "SHH!-not-long", TEAM: "hunter2" } });
    expect(found).toHaveLength(4);
    expect(found.join("\n")).not.toMatch(/hunter2|SHH!/);
  });

  it("refuses unset variables, missing files and malformed references", () => {
    const text = `
keys:
  - {name: a, team: default, secret: "\${UNSET}"}
  - {name: b, team: default, secret: "\${file:/nowhere}"}
  - {name: c, team: default, secret: "\${EMPTY}"}
  - {name: d, team: default, secret: "\${not-a-name} and \${open"}
`;
    expect(problems(text)).toMatchInlineSnapshot(`
      [
        "3:38 keys[0].secret: environment variable UNSET is not set; set it or remove the reference",
        "4:38 keys[1].secret: file /nowhere cannot be read (there is no such file); create it or remove the reference",
        "5:38 keys[2].secret: environment variable EMPTY is not set; set it or remove the reference",
        "6:38 keys[3].secret: malformed reference, expected \${NAME} or \${file:PATH}; write $\${ for the characters themselves",
      ]
    `);
  });

  it("leaves each reader's references to it", () => {
    const text = `
providers:
  - {name: openai, api_keys: ["\${OPENAI_API_KEY}"], base_url: "\${BASE_URL}"}
keys:
  - {name: a, team: default, secret: "\${A_KEY}"}
  - {name: b, team: default, secret: "\${A_KEY}"}
`;
    expect(problems(text, { env: { BASE_URL: "https://eu.example/v1" } })).toEqual([
      expect.stringContaining("5:38 keys[0].secret: environment variable A_KEY"),
      expect.stringContaining("6:38 keys[1].secret: environment variable A_KEY"),
    ]);
    const adapter = valid(text, {
      env: { BASE_URL: "https://eu.example/v1", OPENAI_API_KEY: "sk-1" },
      resolve: resolvesForAdapter,
    });
    expect(adapter.providers[0]).toMatchObject({ apiKeys: ["sk-1"], baseUrl: "https://eu.example/v1" });
    expect(adapter.keys[0]?.secret).toBe(`\${A_KEY}`);
  });

  it("finds names used twice and references to nothing", () => {
    const text = `
routes:
  - {name: chat, targets: [{model: gemini/gemini-3}, {model: opnai/gpt-5.5}]}
  - {name: chat, targets: [{model: simulator/echo}]}
teams:
  - {name: a, models: [chta, "op*", imaginary/x]}
keys:
  - {name: k, team: b, secret: "the-same-secret-of-two-00"}
  - {name: l, team: a, secret: "the-same-secret-of-two-00"}
budgets:
  - {name: x, scope: {team: c, key: m, route: talk, provider: nobody, model: echo, tag: app}, limit_usd: "0", window: day}
  - {name: y, scope: {key: "*", user: "*"}, limit_usd: "1", window: day}
`;
    expect(problems(text)).toMatchInlineSnapshot(`
      [
        "3:62 routes[0].targets[1].model: no provider "opnai"; did you mean openai?",
        "4:12 routes[1].name: "chat" is the name of routes[0] too; choose another",
        "6:24 teams[0].models[0]: no route "chta"; did you mean chat?",
        "6:30 teams[0].models[1]: expected *, a route, {provider}/{model} or {provider}/*, found "op*"",
        "6:37 teams[0].models[2]: no provider "imaginary"; declare it or name another",
        "8:21 keys[0].team: no team "b"; declare it or name another",
        "9:32 keys[1].secret: the same secret as that of keys[0]; give each key its own",
        "11:29 budgets[0].scope.team: no team "c"; declare it or name another",
        "11:37 budgets[0].scope.key: no key "m"; declare it or name another",
        "11:47 budgets[0].scope.route: no route "talk"; declare it or name another",
        "11:63 budgets[0].scope.provider: no provider "nobody"; declare it or name another",
        "11:78 budgets[0].scope.model: expected a deployment, {provider}/{model}, found "echo"",
        "11:89 budgets[0].scope.tag: expected key=value, found "app"",
        "11:106 budgets[0].limit_usd: expected more than 0",
        "12:39 budgets[1].scope.user: expected one user, since each key has a window of its own already; make two budgets",
      ]
    `);
  });

  it("says nothing follows from a name that could not be read", () => {
    const text = `
teams:
  - {nam: research, models: ["*"]}
keys:
  - {name: k, team: research, secret: "a-secret-of-24-characters"}
`;
    const found = problems(text);
    expect(found).toHaveLength(2);
    expect(found.join()).not.toContain("no team");
  });

  it("holds providers to what their kind knows", () => {
    const text = `
providers:
  - {name: gemini}
  - {name: databricks}
  - {name: x, kind: openai_compatibel, base_url: http://x}
  - {name: y, kind: openai_compatible}
  - {name: z}
  - {name: cloudflare, values: {account: a, project: b}, dialects: [openai.chat, gemini.generate]}
  - {name: groq, azure: {resource: r}, headers: {x-proxy: p, X-Upper: p}}
  - {name: own, kind: ollama, models: [{name: m, input_modalities: [smell]}]}
`;
    expect(problems(text)).toMatchInlineSnapshot(`
      [
        "5:21 providers[2].kind: expected one of the table of kinds in services/provider-adapter/PROVIDERS.md, found "openai_compatibel"; did you mean openai_compatible?",
        "6:5 providers[3].base_url: missing, expected the address that a provider of kind openai_compatible is called at, as its own SDK takes it, mostly with /v1",
        "7:5 providers[4].kind: missing, expected one of the table of kinds in services/provider-adapter/PROVIDERS.md, since "z" is no kind",
        "8:54 providers[5].values["project"]: no value of kind cloudflare; expected account",
        "8:82 providers[5].dialects[1]: no dialect of kind cloudflare, found "gemini.generate"; expected openai.chat, openai.responses",
        "9:25 providers[6].azure: means nothing to a provider of kind groq; leave it out",
        "9:71 providers[6].headers["X-Upper"]: expected 1 to 64 lower-case letters, digits, _ and -, the first a letter or digit",
        "10:69 providers[7].models[0].input_modalities[0]: expected one of text, image, audio, document, found "smell"",
      ]
    `);
  });

  it("refuses each part that is still to come", () => {
    const text = `
routes:
  - name: chat
    strategy: weighted
    targets: [{model: openai/gpt-5.5, when: "true"}]
    hedge: {after: 2s}
    parameters: strict
teams:
  - {name: a, residency: {regions: [eu]}, guardrails: [pii]}
budgets:
  - {name: b, limit_usd: "1", window: day, steps: [{at: 0.8, then: notify}, {at: 1.0, then: refuse}]}
limits: [{in_flight: 1}]
guardrails: [{name: pii, action: mask}]
cache: {semantic: {threshold: 0.9, ttl: 1h, embedding: openai/e}}
notify: [{webhook: "https://alerts.example"}]
`;
    expect(problems(text)).toMatchInlineSnapshot(`
      [
        "4:15 routes[0].strategy: "weighted" is not available yet, expected priority",
        "5:45 routes[0].targets[0].when: not available yet; leave it out",
        "6:12 routes[0].hedge: not available yet; leave it out",
        "9:26 teams[0].residency: not available yet; leave it out",
        "9:55 teams[0].guardrails: not available yet; leave it out",
        "11:57 budgets[0].steps[0].at: 0.8 is not available yet, expected 1",
        "11:68 budgets[0].steps[0].then: "notify" is not available yet, expected refuse",
        "12:9 limits: not available yet; leave it out",
        "13:13 guardrails: not available yet; leave it out",
        "14:19 cache.semantic: not available yet; leave it out",
        "15:9 notify: not available yet; leave it out",
      ]
    `);
  });

  it.each([
    ["a: [1, 2", "not valid YAML"],
    ["routes: []\nroutes: []\n", "not valid YAML"],
    ["routes: []\n---\nteams: []\n", "a second document"],
    ["routes: !secret x\n", "not valid YAML"],
    ["- routes\n", "expected a mapping"],
    ["routes: *nowhere\n", "alias"],
  ])("refuses %j", (text, message) => {
    expect(problems(text).join()).toContain(message);
  });

  it("does not grow without bound where aliases hold aliases", () => {
    const rows = Array.from({ length: 3_000 }, () => "*model").join(", ");
    const providers = Array.from({ length: 3_000 }, () => "*provider").join(", ");
    const text = `
x: &model {name: m}
y: &models [${rows}]
z: &provider {name: p, kind: simulator, models: *models}
providers: [${providers}]
`;
    const started = performance.now();
    const result = parse(text);
    expect(
      result.kind === "invalid" && result.problems.some(({ message }) => message.includes("too many values")),
    ).toBe(true);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
