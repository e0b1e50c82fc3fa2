import { readBoundedFile } from "@sluice/config";
import type { Clock, Env } from "@sluice/runtime";
import { bearer } from "../kinds/key-headers.ts";
import type { CredentialSource } from "./credential-source.ts";
import { createFetchedToken, type TokenAnswer } from "./fetched-token.ts";

const scope = "https://www.googleapis.com/auth/cloud-platform";
/** The life of a token whose client does not say when it expires. */
const assumedLifeMs = 10 * 60_000;
const maxCredentialBytes = 64 * 1024;

/**
 * Google's tokens: of the credentials that are given as JSON, a service account's key or any other; else of the file that
 * GOOGLE_APPLICATION_CREDENTIALS names; else the application default credentials, which end at the metadata server
 * (cloud.google.com/docs/authentication/application-default-credentials, seen 2026-11-22). The library is loaded with the first token: it is
 * large, and few need it.
 */
export function createGoogleTokens(options: {
  /** Empty: the application default credentials. */
  readonly credentials: string;
  readonly env: Env;
  readonly clock: Clock;
  /** Another way to the token service. Undefined: the library's own. */
  readonly fetchImplementation?: typeof fetch;
}): CredentialSource {
  const { credentials, env, clock, fetchImplementation } = options;
  let client: Promise<TokenClient> | undefined;
  return createFetchedToken({
    clock,
    headersOf: bearer,
    async fetch() {
      const read = readCredential(credentials, env);
      if (read.kind === "unavailable") return read;
      client ??= createClient(read.json, fetchImplementation);
      try {
        return await tokenOf(await client, clock);
      } catch (error) {
        client = undefined;
        return { kind: "unavailable", message: reasonOf(error) };
      }
    },
  });
}

type CredentialJson = Readonly<Record<string, unknown>>;

/** `json` undefined: the application default credentials. */
function readCredential(
  given: string,
  env: Env,
):
  | { readonly kind: "read"; readonly json: CredentialJson | undefined }
  | Extract<TokenAnswer, { kind: "unavailable" }> {
  const file = env["GOOGLE_APPLICATION_CREDENTIALS"] ?? "";
  if (given === "" && file === "") return { kind: "read", json: undefined };
  const name = given === "" ? "GOOGLE_APPLICATION_CREDENTIALS" : "google.credentials";
  try {
    const text = given === "" ? readBoundedFile(file, maxCredentialBytes) : given;
    const json: unknown = JSON.parse(text);
    if (json !== null && typeof json === "object") return { kind: "read", json: json as CredentialJson };
  } catch (error) {
    if (!(error instanceof SyntaxError) && error instanceof Error) {
      return { kind: "unavailable", message: `${name} cannot be read: ${error.message}` };
    }
    // The text is not told: it may be a secret all the same.
  }
  return { kind: "unavailable", message: `${name} is not the JSON of a credential` };
}

type TokenClient = {
  readonly credentials: { readonly expiry_date?: number | null | undefined };
  getAccessToken(): Promise<{ token?: string | null | undefined }>;
};

/** A credential that lacks what its type must have. Its text tells nothing of what it has. */
class UnusableCredential extends Error {
  override readonly name = "UnusableCredential";
}

async function createClient(
  json: CredentialJson | undefined,
  fetchImplementation: typeof fetch | undefined,
): Promise<TokenClient> {
  const google = await import("google-auth-library");
  const options = {
    // The library keeps its own token; it is asked only when ours is nearly over, so it must not think longer of it.
    eagerRefreshThresholdMillis: 6 * 60_000,
    ...(fetchImplementation === undefined ? {} : { transporterOptions: { fetchImplementation } }),
  };
  switch (json?.["type"]) {
    case "service_account":
      return new google.JWT({
        ...options,
        email: textAt(json, "client_email"),
        key: textAt(json, "private_key"),
        scopes: [scope],
      });
    case "authorized_user":
      return new google.UserRefreshClient({
        ...options,
        clientId: textAt(json, "client_id"),
        clientSecret: textAt(json, "client_secret"),
        refreshToken: textAt(json, "refresh_token"),
      });
    case "external_account": {
      // What the library makes of such a file by itself, which it warns of: whoever configures Sluice is trusted with it.
      const source = (json["credential_source"] ?? {}) as CredentialJson;
      const given = { ...json, ...options, scopes: [scope] } as never;
      if (typeof source["environment_id"] === "string") return new google.AwsClient(given);
      return source["executable"] === undefined
        ? new google.IdentityPoolClient(given)
        : new google.PluggableAuthClient(given);
    }
    default:
      // Of any other kind, or none: what the library finds by itself.
      return (await new google.GoogleAuth({ scopes: [scope], clientOptions: options }).getClient()) as TokenClient;
  }
}

function textAt(json: CredentialJson | undefined, name: string): string {
  const value = json?.[name];
  if (typeof value === "string" && value !== "") return value;
  throw new UnusableCredential(`the credential has no ${name}`);
}

async function tokenOf(client: TokenClient, clock: Clock): Promise<TokenAnswer> {
  const { token } = await client.getAccessToken();
  if (token === null || token === undefined || token === "") {
    return { kind: "unavailable", message: "Google gave no token" };
  }
  return { kind: "token", value: token, expiresAtMs: client.credentials.expiry_date ?? clock.now() + assumedLifeMs };
}

/** What the library's errors say, as far as it is known to hold no secret: OAuth's own code, or that nothing was found. */
function reasonOf(error: unknown): string {
  const remedy =
    "set GOOGLE_APPLICATION_CREDENTIALS or google.credentials, or run where Google Cloud's metadata server answers";
  const said = (error as { response?: { data?: { error?: unknown } } }).response?.data?.error;
  if (typeof said === "string" && /^[\w.-]{1,64}$/.test(said))
    return `Google refused the credentials (${said}); ${remedy}`;
  if (error instanceof UnusableCredential) return `${error.message}; ${remedy}`;
  const code = (error as { code?: unknown }).code;
  const what = typeof code === "string" && /^[A-Z0-9_]{1,64}$/.test(code) ? ` (${code})` : "";
  return `no token of Google could be had${what}; ${remedy}`;
}
