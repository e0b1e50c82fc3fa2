import type { Logger } from "@sluice/runtime";
import { type KindName, kindNames, kinds } from "../kinds/kinds.ts";
import type { LocalServer } from "../kinds/provider-kind.ts";
import type { FoundServers } from "./found-servers.ts";
import { probeServer } from "./probe-server.ts";

/** A server that is busy may miss one look; one that misses two is gone. */
const missesUntilGone = 2;

const localKinds: readonly (readonly [KindName, LocalServer])[] = kindNames.flatMap((name) => {
  const local = kinds[name].local;
  return local === undefined ? [] : [[name, local] as const];
});

/** Looks on this machine for servers on their usual ports, now and then, and tells when what is found has changed. */
export function watchServers(options: {
  readonly everyMs: number;
  readonly onFound: (found: FoundServers) => void;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Where servers may be. Default: every kind that has a usual port. */
  readonly servers?: readonly (readonly [KindName, LocalServer])[];
}): { look(): Promise<void> } {
  const { everyMs, onFound, logger, signal, servers = localKinds } = options;
  const misses = new Map<KindName, number>();
  let found: FoundServers = new Map();
  let looking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    const answers = await Promise.all(
      servers.map(async ([name, server]) => [name, await probeServer(server, signal)] as const),
    );
    if (signal.aborted) return;
    const next = new Map<KindName, { readonly models: readonly string[] }>();
    for (const [name, models] of answers) {
      const before = found.get(name);
      const missed = models === undefined ? (misses.get(name) ?? 0) + 1 : 0;
      misses.set(name, missed);
      if (models !== undefined) next.set(name, { models });
      else if (before !== undefined && missed < missesUntilGone) next.set(name, before);
    }
    if (sameServers(found, next)) return;
    found = next;
    onFound(found);
    logger.info("servers on this machine", { found: [...found.keys()] });
  }

  function look(): Promise<void> {
    looking ??= ask().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  void look();
  return { look };
}

function sameServers(a: FoundServers, b: FoundServers): boolean {
  const text = (servers: FoundServers) => JSON.stringify([...servers].sort(([x], [y]) => (x < y ? -1 : 1)));
  return text(a) === text(b);
}
