import { type ConfigProblem, formatProblems } from "@sluice/config";
import { counter, gauge, type Logger } from "@sluice/runtime";

/** The one place where what happens in policy becomes metrics and log lines. */
export interface PolicyEvents {
  leasesAcquired(outcome: "granted" | "contended" | "exhausted", budget: string | undefined): void;
  leasesExpired(count: number): void;
  /** Granted to a caller that had gone before it was told. */
  leasesTakenBack(count: number): void;
  leasesReconciled(instanceId: string, settled: number): void;
  /** The ledger says otherwise than the router had said of a closed lease. */
  leaseDrifted(drift: { readonly leaseId: string; readonly saidNanos: bigint; readonly ledgerNanos: bigint }): void;
  /** A report names a lease that is another router's. */
  foreignLeaseReported(leaseId: string, instanceId: string): void;
  configurationTaken(etag: string): void;
  configurationRefused(file: string, problems: readonly ConfigProblem[]): void;
  snapshotPublished(version: string): void;
  /** How many routers follow the snapshot is read when metrics are. Returns how to end that. */
  watchersRead(read: () => number): () => void;
  adapterLost(adapter: number, error: unknown): void;
  adapterFound(adapter: number, models: number): void;
  storeLost(error: unknown): void;
  storeFound(): void;
  keyMade(name: string): void;
  keyRevoked(name: string): void;
  /** The file and the store both have it: the file's holds. */
  shadowed(name: string): void;
}

export function createPolicyEvents(logger: Logger): PolicyEvents {
  const acquisitions = counter("sluice.policy.lease_acquisitions", { description: "Requests for leases, by outcome." });
  const expired = counter("sluice.policy.leases_expired", {
    description: "Leases whose router was not heard of in time: presumed spent.",
  }).with({});
  const takenBack = counter("sluice.policy.leases_taken_back", {
    description: "Leases granted to a caller that had gone before it was told.",
  }).with({});
  const settled = counter("sluice.policy.leases_settled", {
    description: "Leases whose presumed amount gave way to the ledger's.",
  }).with({});
  const drifted = counter("sluice.policy.leases_drifted", {
    description: "Closed leases of which the ledger says otherwise than the router.",
  }).with({});
  const reloads = counter("sluice.policy.configuration_reloads", {
    description: "Configuration files read, by outcome.",
  });
  const published = counter("sluice.policy.snapshots_published", { description: "New snapshots." }).with({});

  return {
    leasesAcquired(outcome, budget) {
      acquisitions.add(1, { outcome });
      if (outcome === "exhausted") logger.debug("a budget does not cover a request", { budget });
    },
    leasesExpired(count) {
      expired.add(count);
      logger.warn("leases expired: presumed spent until the ledger says otherwise", { leases: count });
    },
    leasesTakenBack(count) {
      takenBack.add(count);
    },
    leasesReconciled(instanceId, count) {
      settled.add(count);
      logger.info("leases of a closed router process are settled by the ledger", {
        instance_id: instanceId,
        leases: count,
      });
    },
    leaseDrifted({ leaseId, saidNanos, ledgerNanos }) {
      drifted.add(1);
      logger.warn("the ledger says otherwise than a router of what was spent of a lease: the ledger holds", {
        lease_id: leaseId,
        said_nanos: String(saidNanos),
        ledger_nanos: String(ledgerNanos),
      });
    },
    foreignLeaseReported(leaseId, instanceId) {
      logger.warn("a router reports a lease that is not its own: ignored", {
        lease_id: leaseId,
        instance_id: instanceId,
      });
    },
    configurationTaken(etag) {
      reloads.add(1, { outcome: "taken" });
      logger.info("the configuration is in force", { etag });
    },
    configurationRefused(file, problems) {
      reloads.add(1, { outcome: "refused" });
      logger.error("the configuration file is refused: the one in force stays", {
        file,
        problems: formatProblems(file, problems),
      });
    },
    snapshotPublished(version) {
      published.add(1);
      logger.info("a new snapshot is published", { version });
    },
    watchersRead(read) {
      return gauge("sluice.policy.watchers", { description: "Routers that follow the snapshot." }, read);
    },
    adapterLost(adapter, error) {
      logger.warn("a provider-adapter cannot be asked for its models: going on with what is known", { adapter, error });
    },
    adapterFound(adapter, models) {
      logger.info("a provider-adapter told its models", { adapter, models });
    },
    storeLost(error) {
      logger.warn("policy's store cannot be reached: it is tried again", { error });
    },
    storeFound() {
      logger.info("policy's store is in reach");
    },
    keyMade(name) {
      logger.info("a virtual key is made", { name });
    },
    keyRevoked(name) {
      logger.info("a virtual key is revoked", { name });
    },
    shadowed(name) {
      logger.warn("the configuration file and the store both have it: the file's holds", { name });
    },
  };
}
