import type { Env } from "@sluice/runtime";

/** `bedrock-runtime.eu-central-1.amazonaws.com`, its FIPS and VPC endpoints too. */
const inHost = /(?:^|\.)[a-z-]*bedrock-runtime(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)\./;

/**
 * The region that calls are signed for: the address's own, where it names one, since AWS takes no other there; else the configured one; else the
 * environment's. Empty: nobody says.
 */
export function readAwsRegion(origin: string, configured: string, env: Env): string {
  const named = inHost.exec(new URL(origin).hostname)?.[1];
  return named ?? (configured || env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || "");
}
