import type { Clock, Env } from "@sluice/runtime";
import { bearer } from "../kinds/key-headers.ts";
import { askTokenService } from "./ask-token-service.ts";
import type { CredentialSource } from "./credential-source.ts";
import { createFetchedToken } from "./fetched-token.ts";

const publicService = "https://iam.cloud.ibm.com";

/** IBM Cloud's tokens, for which an API key is exchanged (cloud.ibm.com/docs/account?topic=account-iamtoken_from_apikey, seen 2026-11-22). */
export function createWatsonxTokens(apiKey: string, env: Env, clock: Clock): CredentialSource {
  const service = (env["WATSONX_AI_AUTH_URL"] || publicService).replace(/\/+$/, "");
  return createFetchedToken({
    clock,
    headersOf: bearer,
    fetch: (signal) =>
      askTokenService(
        {
          url: `${service}/identity/token`,
          method: "POST",
          form: { grant_type: "urn:ibm:params:oauth:grant-type:apikey", apikey: apiKey },
          secrets: [apiKey],
        },
        clock,
        signal,
      ),
  });
}
