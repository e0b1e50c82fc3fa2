import type { RpcRegistration } from "../registration.ts";

/** gRPC server reflection, v1 and v1alpha, of `services` and of itself. */
export function createReflectionServices(_services: readonly RpcRegistration[]): readonly RpcRegistration[] {
  throw new Error("not built yet");
}
