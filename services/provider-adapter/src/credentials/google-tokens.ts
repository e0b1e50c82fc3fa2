import type { Clock, Env } from "@sluice/runtime";
import type { GoogleAuthOptions } from "google-auth-library";
import { bearer } from "../kinds/key-headers.ts";
import type { CredentialSource } from "./credential-source.ts";
import { createFetchedToken, type TokenAnswer } from "./fetched-token.ts";

const scope = "https://www.googleapis.com/auth/cloud-platform";
/** The life of a token whose client does not say when it expires. */
const assumedLifeMs = 10 * 60_000;

/**
 * Google's tokens: of the credentials that are given as JSON, a service account's key or any other; else the application default credentials,
 * which end at the metadata server (cloud.google.com/docs/authentication/application-default-credentials, seen 2026-11-22). The library is
 * loaded with the first token: it is large, and few need it.
 */
export function createGoogleTokens(options: {
  /** Empty: the application default credentials. */
  readonly credentials: string;
  readonly env: Env;
  readonly clock: Clock;
  /** Another way to the token service. Undefined: the library's own. */
  readonly fetchImplementation?: typeof fetch;
}): CredentialSource {
  const { env, clock } = options;
  let client: Promise<TokenClient> | undefined;
  return createFetchedToken({
    clock,
    headersOf: bearer,
    async fetch() {
      const settings = settingsOf(options.credentials, env, options.fetchImplementation);
      if ("kind" in settings) return settings;
      client ??= createClient(settings);
      try {
        return await tokenOf(await client, clock);
      } catch (error) {
        client = undefined;
        return { kind: "unavailable", message: reasonOf(error) };
      }
    },
  });
}

type TokenClient = {
  readonly credentials: { readonly expiry_date?: number | null | undefined };
  getAccessToken(): Promise<{ token?: string | null | undefined }>;
};

async function createClient(settings: GoogleAuthOptions): Promise<TokenClient> {
  const { GoogleAuth } = await import("google-auth-library");
  return (await new GoogleAuth(settings).getClient()) as TokenClient;
}

function settingsOf(
  credentials: string,
  env: Env,
  fetchImplementation: typeof fetch | undefined,
): GoogleAuthOptions | TokenAnswer {
  const common: GoogleAuthOptions = {
    scopes: [scope],
    // The library keeps its own token; it is asked only when ours is nearly over, so it must not think longer of it.
    clientOptions: {
      eagerRefreshThresholdMillis: 6 * 60_000,
      ...(fetchImplementation === undefined ? {} : { transporterOptions: { fetchImplementation } }),
    },
  };
  if (credentials === "") {
    const keyFilename = env["GOOGLE_APPLICATION_CREDENTIALS"];
    return keyFilename === undefined || keyFilename === "" ? common : { ...common, keyFilename };
  }
  try {
    const parsed: unknown = JSON.parse(credentials);
    if (parsed !== null && typeof parsed === "object") return { ...common, credentials: parsed };
  } catch {
    // Told below, without the text.
  }
  return { kind: "unavailable", message: "google.credentials is not the JSON of a credential" };
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
  const code = (error as { code?: unknown }).code;
  const what = typeof code === "string" && /^[A-Z0-9_]{1,64}$/.test(code) ? ` (${code})` : "";
  return `no token of Google could be had${what}; ${remedy}`;
}
