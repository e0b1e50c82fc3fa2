import { setTimeout as sleep } from "node:timers/promises";
import { Code, type ConnectError } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@sluice/api/grpc/health/v1/health";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import type { Lifecycle } from "@sluice/runtime";
import { rpcError } from "../error.ts";
import { implement, type RpcRegistration } from "../registration.ts";

/**
 * grpc.health.v1.Health from the lifecycle's readiness, for the process ("") and for each of `services`, which share it.
 * Check of another name is not_found; Watch of one says SERVICE_UNKNOWN. A watch ends when draining begins, its last word NOT_SERVING.
 */
export function createHealthService(options: {
  readonly lifecycle: Lifecycle;
  readonly services: readonly RpcRegistration[];
  /** How often Watch looks. Default 1 s. */
  readonly intervalMs?: number;
}): RpcRegistration {
  const { lifecycle, intervalMs = 1000 } = options;
  const names = new Set(["", ...options.services.map(({ service }) => service.typeName)]);

  async function read(name: string): Promise<Status> {
    if (!names.has(name)) return Status.SERVICE_UNKNOWN;
    const { ready } = await lifecycle.readiness();
    return ready ? Status.SERVING : Status.NOT_SERVING;
  }

  return implement(Health, {
    async check({ service }) {
      const status = await read(service);
      if (status === Status.SERVICE_UNKNOWN) throw unknownService(service);
      return { status };
    },
    async *watch({ service }, { signal }) {
      const stop = AbortSignal.any([signal, lifecycle.signal]);
      let told: Status | undefined;
      while (!signal.aborted) {
        const status = await read(service);
        if (status !== told) yield { status };
        told = status;
        if (lifecycle.signal.aborted) return;
        await sleep(intervalMs, undefined, { signal: stop, ref: false }).catch(() => {});
      }
    },
  });
}

function unknownService(name: string): ConnectError {
  return rpcError({
    code: Code.NotFound,
    reason: ErrorReason.NOT_FOUND,
    fault: Fault.CALLER,
    message: `no service ${name.slice(0, 200)} here`,
  });
}
