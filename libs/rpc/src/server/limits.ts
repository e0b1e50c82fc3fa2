export interface RpcLimits {
  /** The largest message taken. Default 32 MiB. Beyond: resource_exhausted. */
  readonly readMaxBytes?: number;
  /** The largest message sent. Default 64 MiB. Beyond: resource_exhausted. */
  readonly writeMaxBytes?: number;
}

export type Limits = Required<RpcLimits>;

const mebibyte = 1024 * 1024;

export function createLimits(limits: RpcLimits = {}): Limits {
  return { readMaxBytes: 32 * mebibyte, writeMaxBytes: 64 * mebibyte, ...limits };
}
