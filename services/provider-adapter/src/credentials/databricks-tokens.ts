import type { Clock } from "@sluice/runtime";
import { bearer } from "../kinds/key-headers.ts";
import { askTokenService } from "./ask-token-service.ts";
import type { CredentialSource } from "./credential-source.ts";
import { createFetchedToken } from "./fetched-token.ts";

/** Tokens of a Databricks service principal, from the workspace itself (docs.databricks.com/dev-tools/auth/oauth-m2m, seen 2026-11-22). */
export function createDatabricksTokens(
  principal: { readonly clientId: string; readonly clientSecret: string },
  origin: string,
  clock: Clock,
): CredentialSource {
  const { clientId, clientSecret } = principal;
  const proof = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
  return createFetchedToken({
    clock,
    headersOf: bearer,
    fetch: (signal) =>
      askTokenService(
        {
          url: `${origin}/oidc/v1/token`,
          method: "POST",
          headers: { authorization: `Basic ${proof}` },
          form: { grant_type: "client_credentials", scope: "all-apis" },
          secrets: [clientSecret, proof],
        },
        clock,
        signal,
      ),
  });
}
