import type { LeaseBook, LeaseBookOptions } from "./types.ts";

export function createLeaseBook(_options: LeaseBookOptions = {}): LeaseBook {
  throw new Error("not built yet");
}
