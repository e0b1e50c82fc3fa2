import type { Account } from "./account.ts";
import type { LeaseEntry } from "./lease-entry.ts";
import type { Hold, Reservation } from "./types.ts";

export class LeaseHold implements Hold {
  readonly account: Account;
  amountNanos: bigint;
  lease: LeaseEntry;

  constructor(account: Account, lease: LeaseEntry, amountNanos: bigint) {
    this.account = account;
    this.lease = lease;
    this.amountNanos = amountNanos;
    lease.hold(amountNanos);
  }

  get leaseId(): string {
    return this.lease.id;
  }
  get budget(): string {
    return this.account.budget;
  }
  get member(): string {
    return this.account.member;
  }

  /** Holds another amount, of the same lease or another. */
  move(lease: LeaseEntry, amountNanos: bigint): void {
    this.lease.release(this.amountNanos);
    this.lease = lease;
    this.amountNanos = amountNanos;
    lease.hold(amountNanos);
  }
}

export class LeaseReservation implements Reservation {
  readonly holds: readonly LeaseHold[];
  settled = false;

  constructor(holds: readonly LeaseHold[]) {
    this.holds = holds;
  }
}
