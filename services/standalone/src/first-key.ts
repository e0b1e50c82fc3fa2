import { join } from "node:path";
import { type Client, Code, ConnectError } from "@connectrpc/connect";
import type { GovernanceService } from "@sluice/api/sluice/policy/v1/governance_service";
import { readLocalSecret, writeLocalSecret } from "./local-secret.ts";

/** The virtual key that a fresh installation begins with. `declared`: there are others already, and none was made. */
export type FirstKey = { readonly kind: "made"; readonly secret: string } | { readonly kind: "declared" };

const callTimeoutMs = 10_000;
const teamId = "default";
const keyId = "first";

/**
 * Makes a first virtual key where there is none at all, for a team that may call everything, and keeps it in the data folder so that it can
 * be shown again. Where keys are declared in the configuration, or were made by an operator, nothing is made.
 */
export async function ensureFirstKey(
  governance: Client<typeof GovernanceService>,
  dataDir: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<FirstKey> {
  const options = { timeoutMs: callTimeoutMs, headers };
  const path = join(dataDir, "first-key");
  const kept = readLocalSecret(path);
  const { virtualKeys } = await governance.listVirtualKeys({ pageSize: 1000 }, options);
  const first = virtualKeys.find((key) => key.name === `virtualKeys/${keyId}`);
  if (kept !== undefined && first !== undefined && first.revokeTime === undefined)
    return { kind: "made", secret: kept };
  if (virtualKeys.length > 0) return { kind: "declared" };
  try {
    await governance.createTeam({ teamId, models: ["*"] }, options);
  } catch (error) {
    if (ConnectError.from(error).code !== Code.AlreadyExists) throw error;
  }
  const { secret } = await governance.createVirtualKey({ virtualKeyId: keyId, team: `teams/${teamId}` }, options);
  writeLocalSecret(path, secret);
  return { kind: "made", secret };
}
