import type { Clock, Env } from "@sluice/runtime";
import { type AwsKeys, type AwsScope, type AwsSigner, createAwsSigner } from "./aws-signature.ts";
import type { Authorization, CredentialSource } from "./credential-source.ts";
import { createRenewed, type Fetched } from "./renewed.ts";

/** What the configuration says of an AWS identity. Empty: the usual credential chain. */
export type AwsIdentity = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** A profile of the shared files. */
  readonly profile: string;
};

/** Keys as AWS's own chain gives them. */
export type ChainedKeys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
};

/** Finds an identity; asked anew when its keys are nearly over. */
export type AwsChain = () => Promise<ChainedKeys>;

/** Keys that do not say when they expire are looked up again after so long: a file may have changed. */
const assumedLifeMs = 15 * 60_000;

/**
 * Signs calls with the keys of an AWS identity: those that are configured; else those of the environment; else what AWS's own credential chain
 * finds (shared files and profiles, SSO, web identity, the metadata service of a container or a machine). The chain is loaded with the first call
 * that needs it: it is large, and reads the process's own environment. With a region and no keys anywhere each call says what to set.
 */
export function createAwsCredentials(
  identity: AwsIdentity,
  scope: AwsScope,
  surroundings: { readonly env: Env; readonly clock: Clock; readonly loadChain?: typeof loadAwsChain },
): CredentialSource {
  const { env, clock, loadChain = loadAwsChain } = surroundings;
  const fixed = readFixedKeys(identity, env);
  if (fixed !== undefined) {
    const sign = createAwsSigner(fixed, scope);
    return { authorize: (call) => authorizeBy(sign(call, clock.now()), () => undefined) };
  }
  const signers = createRenewed<AwsSigner>({
    clock,
    noun: "AWS identity",
    fetch: async () => signerOf(await fetchKeys(identity.profile, scope.region, loadChain), scope, clock),
  });
  return {
    authorize(call) {
      const taken = signers.take();
      const finish = (kept: Awaited<typeof taken>) =>
        kept.kind === "unavailable" ? kept : authorizeBy(kept.value(call, clock.now()), () => signers.discard(kept));
      return taken instanceof Promise ? taken.then(finish) : finish(taken);
    },
  };
}

function authorizeBy(headers: readonly string[], discard: () => void): Authorization {
  return {
    kind: "authorized",
    headers,
    refused(why) {
      if (why === "credential") discard();
    },
  };
}

function readFixedKeys(identity: AwsIdentity, env: Env): AwsKeys | undefined {
  if (identity.accessKeyId !== "" && identity.secretAccessKey !== "") {
    return { ...identity, sessionToken: identity.sessionToken || undefined };
  }
  // A profile that is named is meant, whatever the environment holds.
  if (identity.profile !== "") return undefined;
  const [accessKeyId, secretAccessKey] = [env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]];
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: env["AWS_SESSION_TOKEN"] || undefined };
}

/** AWS's own chain, each of its steps with a limit on time. */
async function loadAwsChain(profile: string, region: string): Promise<AwsChain> {
  const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
  return fromNodeProviderChain({
    ...(profile !== "" && { profile }),
    ...(region !== "" && { clientConfig: { region } }),
    // Files are read anew: what was written since the last look counts.
    ignoreCache: true,
    timeout: 2_000,
    maxRetries: 1,
  });
}

/** The chain is made anew for each look: it keeps what it found itself. */
async function fetchKeys(
  profile: string,
  region: string,
  loadChain: typeof loadAwsChain,
): Promise<ChainedKeys | { readonly kind: "unavailable"; readonly message: string }> {
  const chain = await loadChain(profile, region);
  try {
    return await chain();
  } catch (error) {
    const name = (error as { name?: unknown }).name;
    const what = typeof name === "string" && /^[A-Za-z]{1,64}$/.test(name) ? ` (${name})` : "";
    const remedy =
      "set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or aws.access_key_id and aws.secret_access_key, or AWS_PROFILE";
    return { kind: "unavailable", message: `no AWS identity was found${what}: ${remedy}` };
  }
}

function signerOf(keys: Awaited<ReturnType<typeof fetchKeys>>, scope: AwsScope, clock: Clock): Fetched<AwsSigner> {
  if ("kind" in keys) return keys;
  const expiresAtMs = keys.expiration?.getTime() ?? clock.now() + assumedLifeMs;
  return {
    kind: "fetched",
    value: createAwsSigner({ ...keys, sessionToken: keys.sessionToken || undefined }, scope),
    expiresAtMs,
  };
}
