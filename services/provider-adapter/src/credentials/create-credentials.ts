import type { ProviderConfig } from "@sluice/api/sluice/config/v1/config";
import type { Clock, Env } from "@sluice/runtime";
import type { ProviderKind } from "../kinds/provider-kind.ts";
import { createApiKeys } from "./api-keys.ts";
import { createAwsCredentials } from "./aws-credentials.ts";
import { readAwsRegion } from "./aws-region.ts";
import { createAzureTokens } from "./azure-tokens.ts";
import type { CredentialSource } from "./credential-source.ts";
import { createDatabricksTokens } from "./databricks-tokens.ts";
import { createGoogleTokens } from "./google-tokens.ts";
import { createInTurn } from "./in-turn.ts";
import { createWatsonxTokens } from "./watsonx-tokens.ts";

/** What a provider shows of itself: its API keys, what they are exchanged for, or the tokens that its kind takes instead. */
export function createCredentials(
  kind: ProviderKind,
  given: {
    readonly apiKeys: readonly string[];
    /** Undefined: the provider is the environment's. */
    readonly config: ProviderConfig | undefined;
    readonly origin: string;
  },
  env: Env,
  clock: Clock,
): CredentialSource {
  const { apiKeys, config, origin } = given;
  const tokens = kind.tokens;
  if (tokens === undefined || (apiKeys.length > 0 && tokens.apiKey === "instead")) {
    return createApiKeys(apiKeys, kind.keyHeaders, clock);
  }
  switch (tokens.source) {
    case "azure":
      return createAzureTokens(
        {
          tenantId: config?.azure?.tenantId ?? "",
          clientId: config?.azure?.clientId ?? "",
          clientSecret: config?.azure?.clientSecret ?? "",
        },
        env,
        clock,
      );
    case "google":
      return createGoogleTokens({ credentials: config?.google?.credentials ?? "", env, clock });
    case "watsonx": {
      const [first, ...others] = apiKeys.map((apiKey) => createWatsonxTokens(apiKey, env, clock));
      return first === undefined ? noCredential(kind, []) : createInTurn([first, ...others], clock);
    }
    case "databricks": {
      const clientId = config?.oauth?.clientId || env["DATABRICKS_CLIENT_ID"] || "";
      const clientSecret = config?.oauth?.clientSecret || env["DATABRICKS_CLIENT_SECRET"] || "";
      if (clientId === "" || clientSecret === "") {
        return noCredential(kind, ["DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET"]);
      }
      return createDatabricksTokens({ clientId, clientSecret }, origin, clock);
    }
    case "aws": {
      const {
        accessKeyId = "",
        secretAccessKey = "",
        sessionToken = "",
        profile = "",
        region = "",
      } = config?.aws ?? {};
      const scope = { region: readAwsRegion(origin, region, env), service: "bedrock" };
      return createAwsCredentials({ accessKeyId, secretAccessKey, sessionToken, profile }, scope, { env, clock });
    }
  }
}

/** There is nothing to call the provider with: said with each call, since it may be what its owner is trying out. */
function noCredential(kind: ProviderKind, beside: readonly string[]): CredentialSource {
  const ways = [...kind.keyVariables, ...beside].join(", or ");
  return {
    authorize: () => ({
      kind: "unavailable",
      message: `there is no credential for ${kind.label}: set ${ways}, or api_keys`,
    }),
  };
}
