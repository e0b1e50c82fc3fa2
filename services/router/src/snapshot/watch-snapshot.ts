import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@connectrpc/connect";
import type { PolicyService } from "@sluice/api/sluice/policy/v1/policy_service";
import type { Clock, Logger } from "@sluice/runtime";
import type { SnapshotHolder } from "./snapshot-holder.ts";

const firstRetryMs = 100;
const longestRetryMs = 5_000;
/** Policy gives a sign of life every few seconds; without one for this long the stream is taken for dead. */
const silenceLimitMs = 20_000;

/** Follows policy's snapshots until `signal` is aborted. Reconnects for ever; the holder keeps what it has meanwhile. */
export async function watchSnapshot(options: {
  readonly policy: Client<typeof PolicyService>;
  readonly holder: SnapshotHolder;
  readonly instanceId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { policy, holder, clock, logger, signal } = options;
  let delayMs = firstRetryMs;
  let lost = false;
  while (!signal.aborted) {
    const silence = new AbortController();
    const stop = () => silence.abort();
    signal.addEventListener("abort", stop, { once: true });
    let timer = setTimeout(stop, silenceLimitMs);
    try {
      const messages = policy.watchSnapshot(
        { instanceId: options.instanceId, version: holder.version },
        { signal: silence.signal },
      );
      for await (const message of messages) {
        clearTimeout(timer);
        timer = setTimeout(stop, silenceLimitMs);
        delayMs = firstRetryMs;
        if (lost) logger.info("policy is in sight again");
        lost = false;
        if (message.snapshot === undefined) holder.confirm(clock.now());
        else {
          holder.replace(message.snapshot, clock.now());
          logger.info("took a policy snapshot", { version: message.snapshot.version });
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!lost) {
        logger.warn("policy is out of sight: going on with the snapshot and leases held", {
          detail: error instanceof Error ? error.message : String(error),
        });
      }
      lost = true;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    delayMs = Math.min(delayMs * 2, longestRetryMs);
  }
}
