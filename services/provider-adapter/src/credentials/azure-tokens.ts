import { readBoundedFile } from "@sluice/config";
import type { Clock, Env } from "@sluice/runtime";
import { bearer } from "../kinds/key-headers.ts";
import { askTokenService, type TokenRequest } from "./ask-token-service.ts";
import type { CredentialSource } from "./credential-source.ts";
import { createFetchedToken, type TokenAnswer } from "./fetched-token.ts";

/** What is known of the identity that Azure is called with. Empty: read from the environment. */
export type AzureIdentity = { readonly tenantId: string; readonly clientId: string; readonly clientSecret: string };

const audience = "https://cognitiveservices.azure.com";
const publicAuthority = "https://login.microsoftonline.com";
const publicMetadata = "http://169.254.169.254";
const maxAssertionBytes = 64 * 1024;

/**
 * Entra tokens for Azure, by the variables of Azure's own SDKs (learn.microsoft.com/en-us/dotnet/api/azure.identity.environmentcredential
 * and .../entra/identity/managed-identities-azure-resources/how-to-use-vm-token, seen 2026-11-22): of an application with its secret; else by
 * workload identity federation; else of the machine's managed identity.
 */
export function createAzureTokens(identity: AzureIdentity, env: Env, clock: Clock): CredentialSource {
  const given = env["AZURE_OPENAI_AD_TOKEN"];
  return createFetchedToken({
    clock,
    headersOf: bearer,
    fetch: async (signal) => {
      if (given !== undefined && given !== "" && identity.clientId === "") {
        return { kind: "token", value: given, expiresAtMs: Number.POSITIVE_INFINITY };
      }
      const asked = requestOf(identity, env);
      if ("kind" in asked) return asked;
      return explain(await askTokenService(asked, clock, signal), asked);
    },
  });
}

function requestOf(identity: AzureIdentity, env: Env): TokenRequest | TokenAnswer {
  const tenantId = identity.tenantId || env["AZURE_TENANT_ID"] || "";
  const clientId = identity.clientId || env["AZURE_CLIENT_ID"] || "";
  const clientSecret = identity.clientSecret || env["AZURE_CLIENT_SECRET"] || "";
  const authority = (env["AZURE_AUTHORITY_HOST"] || publicAuthority).replace(/\/+$/, "");
  const application = (proof: Readonly<Record<string, string>>): TokenRequest => ({
    url: `${authority}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`,
    method: "POST",
    form: { grant_type: "client_credentials", client_id: clientId, scope: `${audience}/.default`, ...proof },
    secrets: Object.values(proof).filter((value) => value.length > 16),
  });
  if (clientSecret !== "") {
    if (tenantId === "" || clientId === "") {
      return {
        kind: "unavailable",
        message:
          "a client secret is set without its tenant and client: set AZURE_TENANT_ID and AZURE_CLIENT_ID, or azure.tenant_id and azure.client_id",
      };
    }
    return { ...application({ client_secret: clientSecret }), secrets: [clientSecret] };
  }
  const assertionFile = env["AZURE_FEDERATED_TOKEN_FILE"];
  if (assertionFile !== undefined && assertionFile !== "" && tenantId !== "" && clientId !== "") {
    try {
      return application({
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: readBoundedFile(assertionFile, maxAssertionBytes).trim(),
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unreadable";
      return { kind: "unavailable", message: `AZURE_FEDERATED_TOKEN_FILE: ${reason}` };
    }
  }
  return managedIdentity(clientId, env);
}

function managedIdentity(clientId: string, env: Env): TokenRequest {
  const query = (version: string) =>
    new URLSearchParams({
      "api-version": version,
      resource: audience,
      ...(clientId === "" ? {} : { client_id: clientId }),
    }).toString();
  const endpoint = env["IDENTITY_ENDPOINT"];
  const header = env["IDENTITY_HEADER"];
  if (endpoint !== undefined && endpoint !== "" && header !== undefined && header !== "") {
    // App Service, Functions and Container Apps.
    return {
      url: `${endpoint}?${query("2019-08-01")}`,
      method: "GET",
      headers: { "x-identity-header": header },
      secrets: [header],
    };
  }
  const metadata = (env["AZURE_POD_IDENTITY_AUTHORITY_HOST"] || publicMetadata).replace(/\/+$/, "");
  return {
    url: `${metadata}/metadata/identity/oauth2/token?${query("2018-02-01")}`,
    method: "GET",
    headers: { metadata: "true" },
    secrets: [],
  };
}

function explain(answer: TokenAnswer, asked: TokenRequest): TokenAnswer {
  if (answer.kind === "token" || asked.method === "POST") return answer;
  return {
    kind: "unavailable",
    message: `${answer.message}; set AZURE_OPENAI_API_KEY, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or run under a managed identity`,
  };
}
