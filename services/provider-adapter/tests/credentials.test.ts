import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type ProviderConfig, ProviderConfigSchema } from "@sluice/api/sluice/config/v1/config";
import { createManualClock, type Env } from "@sluice/runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCredentials } from "../src/credentials/create-credentials.ts";
import type { CredentialSource } from "../src/credentials/credential-source.ts";
import { createGoogleTokens } from "../src/credentials/google-tokens.ts";
import { type KindName, kinds } from "../src/kinds/kinds.ts";
import { type Seen, startServer } from "./_server.ts";

const call = { method: "POST", origin: "https://acme.example", path: "/x", body: new Uint8Array() };
const ask = async (source: CredentialSource) => await source.authorize(call);
const formOf = ({ body }: Seen) => Object.fromEntries(new URLSearchParams(body));
const clock = createManualClock(Date.UTC(2026, 10, 22));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-credentials-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function sourceOf(
  name: KindName,
  given: {
    readonly apiKeys?: readonly string[];
    readonly config?: MessageInitShape<typeof ProviderConfigSchema>;
    readonly origin?: string;
    readonly env?: Env;
  },
): CredentialSource {
  const config: ProviderConfig | undefined = given.config && create(ProviderConfigSchema, given.config);
  const about = { apiKeys: given.apiKeys ?? [], config, origin: given.origin ?? call.origin };
  return createCredentials(kinds[name], about, given.env ?? {}, clock);
}

describe("a token", () => {
  const token = (life: number, number: number) => ({ body: { access_token: `token-${number}`, expires_in: life } });

  test("is fetched once for all who wait, kept, and given at once", async () => {
    await using service = await startServer(() => token(3_600, 1));
    const source = sourceOf("watsonx", { apiKeys: ["ibm-key"], env: { WATSONX_AI_AUTH_URL: service.url } });
    const answers = await Promise.all([ask(source), ask(source), ask(source)]);
    for (const answer of answers) expect(answer).toMatchObject({ headers: ["authorization", "Bearer token-1"] });
    expect(source.authorize(call)).toMatchObject({ kind: "authorized" });
    expect(service.seen).toHaveLength(1);
    expect(service.seen[0]).toMatchObject({ method: "POST", path: "/identity/token" });
    expect(formOf(service.seen[0] as Seen)).toEqual({
      grant_type: "urn:ibm:params:oauth:grant-type:apikey",
      apikey: "ibm-key",
    });
  });

  test("is renewed beside the calls that still use it, and fetched anew once it is over", async () => {
    const time = createManualClock();
    let given = 0;
    await using service = await startServer(() => {
      given += 1;
      return token(600, given);
    });
    const env = { WATSONX_AI_AUTH_URL: service.url };
    const source = createCredentials(kinds.watsonx, { apiKeys: ["k"], config: undefined, origin: "" }, env, time);
    await ask(source);
    time.advance(400_000);
    expect(source.authorize(call)).toMatchObject({ headers: ["authorization", "Bearer token-1"] });
    await expect.poll(() => source.authorize(call)).toMatchObject({ headers: ["authorization", "Bearer token-2"] });
    time.advance(700_000);
    expect(source.authorize(call)).toBeInstanceOf(Promise);
    expect(await ask(source)).toMatchObject({ headers: ["authorization", "Bearer token-3"] });
  });

  test("that the provider refuses is thrown away", async () => {
    const time = createManualClock();
    let given = 0;
    await using service = await startServer(() => {
      given += 1;
      return token(3_600, given);
    });
    const env = { WATSONX_AI_AUTH_URL: service.url };
    const source = createCredentials(kinds.watsonx, { apiKeys: ["k"], config: undefined, origin: "" }, env, time);
    const first = await ask(source);
    time.advance(60_000);
    if (first.kind === "authorized") first.refused("credential", 1_000);
    expect(await ask(source)).toMatchObject({ headers: ["authorization", "Bearer token-2"] });
  });

  test("that cannot be had says why and never the key, and the service is not asked for each call", async () => {
    await using service = await startServer(() => ({
      status: 400,
      body: { errorCode: "BXNIM0415E", errorMessage: "no key is ibm-secret-key" },
    }));
    const env = { WATSONX_AI_AUTH_URL: service.url };
    const source = sourceOf("watsonx", { apiKeys: ["ibm-secret-key"], env });
    const answer = await ask(source);
    expect(answer).toMatchObject({
      kind: "unavailable",
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ answered 400: BXNIM0415E: no key is …$/),
    });
    expect(await ask(source)).toBe(answer);
    expect(service.seen).toHaveLength(1);
  });

  test("of a service that is not there is told as that", async () => {
    const env = { WATSONX_AI_AUTH_URL: "http://127.0.0.1:1" };
    expect(await ask(sourceOf("watsonx", { apiKeys: ["k"], env }))).toMatchObject({
      kind: "unavailable",
      message: "the token could not be fetched (ECONNREFUSED)",
    });
  });

  test("that is no token is none", async () => {
    await using service = await startServer(() => ({ body: "<html>" }));
    const env = { WATSONX_AI_AUTH_URL: service.url };
    expect(await ask(sourceOf("watsonx", { apiKeys: ["k"], env }))).toMatchObject({
      message: expect.stringMatching(/answered 200: no access_token$/),
    });
  });
});

test("watsonx takes several keys in turn, each with a token of its own", async () => {
  await using service = await startServer((seen) => ({
    body: { access_token: `of-${formOf(seen)["apikey"]}`, expires_in: 3_600 },
  }));
  const source = sourceOf("watsonx", { apiKeys: ["a", "b"], env: { WATSONX_AI_AUTH_URL: service.url } });
  const [first, second] = [await ask(source), await ask(source)];
  expect(first).toMatchObject({ headers: ["authorization", "Bearer of-a"] });
  expect(second).toMatchObject({ headers: ["authorization", "Bearer of-b"] });
  if (first.kind === "authorized") first.refused("rate", 5_000);
  expect(await ask(source)).toMatchObject({ headers: ["authorization", "Bearer of-b"] });
});

test("a kind without a credential says what to set", async () => {
  expect(await ask(sourceOf("watsonx", {}))).toMatchObject({
    kind: "unavailable",
    message: expect.stringContaining("set WATSONX_AI_APIKEY, or WATSONX_APIKEY"),
  });
  expect(await ask(sourceOf("databricks", {}))).toMatchObject({
    message: expect.stringContaining("DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET"),
  });
});

test("Databricks gives tokens to a service principal", async () => {
  await using service = await startServer(() => ({ body: { access_token: "dbx", expires_in: 3_600 } }));
  const source = sourceOf("databricks", {
    config: { name: "d", oauth: { clientId: "id", clientSecret: "secret" } },
    origin: service.url,
  });
  expect(await ask(source)).toMatchObject({ headers: ["authorization", "Bearer dbx"] });
  expect(service.seen[0]).toMatchObject({
    path: "/oidc/v1/token",
    headers: { authorization: `Basic ${Buffer.from("id:secret").toString("base64")}` },
  });
});

describe("Azure", () => {
  const answer = { body: { access_token: "entra", expires_in: 3_600 } };

  test("takes an API key in a header of its own, at once", () => {
    expect(sourceOf("azure", { apiKeys: ["key"] }).authorize(call)).toMatchObject({ headers: ["api-key", "key"] });
  });

  test("gives tokens to an application by its secret", async () => {
    await using service = await startServer(() => answer);
    const config = { name: "a", azure: { tenantId: "t", clientId: "c", clientSecret: "s" } };
    const source = sourceOf("azure", { config, env: { AZURE_AUTHORITY_HOST: `${service.url}/` } });
    expect(await ask(source)).toMatchObject({ headers: ["authorization", "Bearer entra"] });
    expect(service.seen[0]?.path).toBe("/t/oauth2/v2.0/token");
    expect(formOf(service.seen[0] as Seen)).toEqual({
      grant_type: "client_credentials",
      client_id: "c",
      client_secret: "s",
      scope: "https://cognitiveservices.azure.com/.default",
    });
  });

  test("gives tokens by workload identity federation, its file read each time", async () => {
    await using service = await startServer(() => answer);
    const file = join(folder, "assertion");
    writeFileSync(file, "signed-by-kubernetes\n");
    const env = {
      AZURE_AUTHORITY_HOST: service.url,
      AZURE_TENANT_ID: "t",
      AZURE_CLIENT_ID: "c",
      AZURE_FEDERATED_TOKEN_FILE: file,
    };
    expect(await ask(sourceOf("azure", { env }))).toMatchObject({ kind: "authorized" });
    expect(formOf(service.seen[0] as Seen)).toMatchObject({
      client_assertion: "signed-by-kubernetes",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
    const gone = sourceOf("azure", { env: { ...env, AZURE_FEDERATED_TOKEN_FILE: join(folder, "gone") } });
    expect(await ask(gone)).toMatchObject({
      kind: "unavailable",
      message: expect.stringMatching(/^AZURE_FEDERATED_TOKEN_FILE: /),
    });
  });

  test("gives tokens to the machine's managed identity, whose moment of expiry is a text", async () => {
    const expiresOn = String(clock.now() / 1000 + 3_600);
    await using service = await startServer(() => ({ body: { access_token: "machine", expires_on: expiresOn } }));
    const source = sourceOf("azure", { env: { AZURE_POD_IDENTITY_AUTHORITY_HOST: service.url } });
    expect(await ask(source)).toMatchObject({ headers: ["authorization", "Bearer machine"] });
    expect(source.authorize(call)).toMatchObject({ kind: "authorized" });
    expect(service.seen[0]).toMatchObject({
      method: "GET",
      path: "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fcognitiveservices.azure.com",
      headers: { metadata: "true" },
    });
  });

  test("asks App Service where that says its address", async () => {
    await using service = await startServer(() => answer);
    const env = { IDENTITY_ENDPOINT: `${service.url}/msi/token`, IDENTITY_HEADER: "proof" };
    await ask(sourceOf("azure", { env }));
    expect(service.seen[0]).toMatchObject({ headers: { "x-identity-header": "proof" } });
    expect(service.seen[0]?.path).toContain("/msi/token?api-version=2019-08-01");
  });

  test("says what to set where there is no identity", async () => {
    await using service = await startServer(() => ({ status: 400, body: { error: "invalid_request" } }));
    const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: service.url };
    expect(await ask(sourceOf("azure", { env }))).toMatchObject({
      message: expect.stringMatching(/invalid_request; set AZURE_OPENAI_API_KEY, or AZURE_TENANT_ID/),
    });
  });
});

describe("Google", () => {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const account = JSON.stringify({
    type: "service_account",
    client_email: "sluice@acme.iam.gserviceaccount.com",
    private_key: privateKey,
    project_id: "acme",
  });

  /** Google's token service as the library knows it, answered here. */
  function tokenService(answer: () => Response) {
    const asked: string[] = [];
    const fetchImplementation = (async (input: string | URL | Request, init?: RequestInit) => {
      asked.push(`${new URL(input instanceof Request ? input.url : input).host} ${String(init?.body)}`);
      return answer();
    }) as typeof fetch;
    return { asked, fetchImplementation };
  }
  const given = (token: string) => () =>
    Response.json({ access_token: token, expires_in: 3_600, token_type: "Bearer" });

  test("gives tokens to a service account", async () => {
    const { asked, fetchImplementation } = tokenService(given("google"));
    const live = { now: () => Date.now(), monotonicMs: () => performance.now() };
    const source = createGoogleTokens({ credentials: account, env: {}, clock: live, fetchImplementation });
    expect(await ask(source)).toMatchObject({ headers: ["authorization", "Bearer google"] });
    expect(source.authorize(call)).toMatchObject({ kind: "authorized" });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/^oauth2\.googleapis\.com .*jwt-bearer/);
  });

  test("reads the file that GOOGLE_APPLICATION_CREDENTIALS names", async () => {
    const file = join(folder, "key.json");
    writeFileSync(file, account);
    const { fetchImplementation } = tokenService(given("of-the-file"));
    const live = { now: () => Date.now(), monotonicMs: () => performance.now() };
    const env = { GOOGLE_APPLICATION_CREDENTIALS: file };
    const source = createGoogleTokens({ credentials: "", env, clock: live, fetchImplementation });
    expect(await ask(source)).toMatchObject({ headers: ["authorization", "Bearer of-the-file"] });
  });

  test.each([
    [
      "that are refused",
      account,
      /^Google refused the credentials \(invalid_grant\); set GOOGLE_APPLICATION_CREDENTIALS/,
    ],
    ["that are no JSON", "-----BEGIN PRIVATE KEY-----", /^google\.credentials is not the JSON of a credential$/],
    ["that lack their parts", '{"type":"service_account"}', /^the credential has no client_email; set GOOGLE/],
  ])("says of credentials %s what is wrong, and nothing of them", async (_what, credentials, message) => {
    const refusal = () => Response.json({ error: "invalid_grant", error_description: privateKey }, { status: 400 });
    const { fetchImplementation } = tokenService(refusal);
    const answer = await ask(createGoogleTokens({ credentials, env: {}, clock, fetchImplementation }));
    expect(answer).toMatchObject({ kind: "unavailable", message: expect.stringMatching(message) });
    expect(JSON.stringify(answer)).not.toContain("PRIVATE KEY");
  });
});
