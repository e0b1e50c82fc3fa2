import type { Code, ConnectError } from "@connectrpc/connect";
import type { ErrorInfo, ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";

export interface RpcErrorInit {
  readonly code: Code;
  readonly reason: ErrorReason;
  readonly fault: Fault;
  /** Lower case, no full stop, no secrets, no prompts: the caller reads it. */
  readonly message: string;
  /** Facts by key, as ErrorInfo.metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Stays in this process, for logs. */
  readonly cause?: unknown;
}

/** The error that an RPC of Sluice fails with: a ConnectError with an ErrorInfo. */
export function rpcError(_init: RpcErrorInit): ConnectError {
  throw new Error("not built yet");
}

/** The ErrorInfo of an error, received or about to be sent. Undefined where it has none. */
export function readErrorInfo(_error: unknown): ErrorInfo | undefined {
  throw new Error("not built yet");
}
