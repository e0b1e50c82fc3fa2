import type { LeaseReport } from "@sluice/api/sluice/policy/v1/policy_service";
import { nanosPerUsd } from "@sluice/money";
import { Account, type Sizing } from "./account.ts";
import { LeaseEntry } from "./lease-entry.ts";
import { LeaseHold, LeaseReservation } from "./reservation.ts";
import type { LeaseBook, LeaseBookOptions, MissingLease, Overrun, Reservation, SettleOutcome } from "./types.ts";

const maxRenewals = 64;

// What settle() answers nearly always: no object is made for it.
const settledQuietly: SettleOutcome = Object.freeze({ overruns: Object.freeze([]), reportNow: false });
const settledScarce: SettleOutcome = Object.freeze({ overruns: Object.freeze([]), reportNow: true });

export function createLeaseBook(options: LeaseBookOptions = {}): LeaseBook {
  const sizing: Sizing = {
    coverMs: options.coverMs ?? 2_000,
    lowWaterMs: options.lowWaterMs ?? 750,
    scarceCoverMs: options.scarceCoverMs ?? 200,
    idleMs: options.idleMs ?? 5_000,
    renewalRetryMs: options.renewalRetryMs ?? 2_000,
    maxDesiredNanos: options.maxDesiredNanos ?? 100n * nanosPerUsd,
  };
  /** By budget, then by member. */
  const accounts = new Map<string, Map<string, Account>>();
  const leases = new Map<string, { readonly lease: LeaseEntry; readonly account: Account }>();
  /** Accounts that may run dry. */
  const low = new Set<Account>();
  /** Scarce accounts that may have something to give back, now or when their traffic ends. */
  const surplus = new Set<Account>();
  let closed = false;

  function accountOf(budget: string, member: string, nowMs: number): Account {
    let members = accounts.get(budget);
    if (members === undefined) {
      members = new Map();
      accounts.set(budget, members);
    }
    let account = members.get(member);
    if (account === undefined) {
      account = new Account(budget, member, sizing, nowMs);
      members.set(member, account);
    }
    return account;
  }

  function* allAccounts(): Generator<Account> {
    for (const members of accounts.values()) yield* members.values();
  }

  function forgetAccount(account: Account): void {
    low.delete(account);
    surplus.delete(account);
    const members = accounts.get(account.budget);
    members?.delete(account.member);
    if (members?.size === 0) accounts.delete(account.budget);
  }

  function forgetLease(lease: LeaseEntry, account: Account): void {
    leases.delete(lease.id);
    account.leases.splice(account.leases.indexOf(lease), 1);
  }

  function missingOf(account: Account, amountNanos: bigint, nowMs: number): MissingLease {
    return account.ask(amountNanos, 0n, nowMs);
  }

  return {
    grant(granted, member, nowMs) {
      if (leases.has(granted.id)) return;
      const account = accountOf(granted.budget, member, nowMs);
      const lease = new LeaseEntry(granted, nowMs);
      if (closed) lease.phase = "ended";
      leases.set(lease.id, { lease, account });
      account.leases.push(lease);
      account.scarce = granted.scarce;
      if (granted.scarce) surplus.add(account);
      account.usedPermille = granted.usedPermille;
      account.granted();
    },

    refuse(budget, member, nowMs) {
      const account = accountOf(budget, member, nowMs);
      account.refused(nowMs);
      if (account.availableNanos(nowMs) === 0n) return false;
      surplus.add(account);
      return true;
    },

    reserve(demands, nowMs) {
      const holds: LeaseHold[] = [];
      let missing: MissingLease[] | undefined;
      for (const { budget, member, amountNanos } of demands) {
        if (amountNanos <= 0n) {
          if (amountNanos === 0n) continue;
          throw new RangeError(`cannot reserve ${amountNanos} of budget ${budget}, expected 0 or more nano-dollars`);
        }
        const account = accountOf(budget, member, nowMs);
        account.observe(amountNanos, nowMs);
        const lease = account.fit(amountNanos, nowMs);
        if (lease === undefined) {
          missing ??= [];
          missing.push(missingOf(account, amountNanos, nowMs));
          continue;
        }
        holds.push(new LeaseHold(account, lease, amountNanos));
        if (account.mayBeLow(lease)) low.add(account);
      }
      if (missing === undefined) return { kind: "reserved", reservation: new LeaseReservation(holds) };
      for (const hold of holds) hold.lease.release(hold.amountNanos);
      return { kind: "short", missing };
    },

    resize(reservation, amountNanos, nowMs) {
      const { holds } = own(reservation);
      if (amountNanos < 0n) throw new RangeError(`cannot hold ${amountNanos}, expected 0 or more nano-dollars`);
      const before = holds.map(({ lease, amountNanos: held }) => ({ lease, held }));
      const missing: MissingLease[] = [];
      for (const hold of holds) {
        const more = amountNanos - hold.amountNanos;
        const stays = more <= 0n || (hold.lease.serves(nowMs) && hold.lease.freeNanos >= more);
        const lease = stays ? hold.lease : hold.account.fit(amountNanos, nowMs);
        if (more > 0n) hold.account.observe(more, nowMs);
        if (lease === undefined) missing.push(missingOf(hold.account, amountNanos, nowMs));
        else hold.move(lease, amountNanos);
      }
      if (missing.length === 0) return { kind: "resized" };
      for (const [index, { lease, held }] of before.entries()) holds[index]?.move(lease, held);
      return { kind: "short", missing };
    },

    settle(reservation, actualNanos) {
      const held = own(reservation);
      if (actualNanos < 0n) throw new RangeError(`cannot settle at ${actualNanos}, expected 0 or more nano-dollars`);
      held.settled = true;
      let overruns: Overrun[] | undefined;
      let reportNow = false;
      for (const { lease, account, amountNanos } of held.holds) {
        lease.release(amountNanos);
        lease.spentNanos += actualNanos;
        if (actualNanos > amountNanos && lease.freeNanos < 0n) {
          overruns ??= [];
          overruns.push({ leaseId: lease.id, budget: account.budget, overdrawnNanos: -lease.freeNanos });
        }
        if (account.scarce && lease.freeNanos > 0n) {
          surplus.add(account);
          if (account.mayGiveBack(lease)) reportNow = true;
        }
      }
      if (overruns !== undefined) return { overruns, reportNow };
      return reportNow ? settledScarce : settledQuietly;
    },

    reports(nowMs) {
      const reports: LeaseReport[] = [];
      for (const account of allAccounts()) {
        for (const report of account.report(nowMs)) reports.push(report);
        if (account.leases.length === 0 && account.isIdle(nowMs)) forgetAccount(account);
      }
      return reports;
    },

    reportScarce(nowMs) {
      const reports: LeaseReport[] = [];
      for (const account of surplus) {
        if (account.givesBack(nowMs)) reports.push(...account.report(nowMs));
        if (!account.scarce || account.availableNanos(nowMs) === 0n) surplus.delete(account);
      }
      return reports;
    },

    closeAll() {
      closed = true;
      low.clear();
      surplus.clear();
      return Array.from(leases.values(), ({ lease }) => {
        if (lease.phase === "serving") lease.phase = "ended";
        return lease.report();
      });
    },

    applyStates(states, nowMs) {
      for (const state of states) {
        const known = leases.get(state.leaseId);
        if (known === undefined) continue;
        const { lease, account } = known;
        // Only a final report has told policy all that was spent.
        if (lease.phase === "closing" && !state.live) {
          forgetLease(lease, account);
          continue;
        }
        lease.applyState(state);
        if (!state.live) continue;
        account.scarce = state.scarce;
        if (state.scarce && lease.freeNanos > 0n && lease.serves(nowMs)) surplus.add(account);
      }
      return surplus.values().some((account) => account.givesBack(nowMs));
    },

    renewals(nowMs) {
      const asked: MissingLease[] = [];
      for (const account of low) {
        if (account.isIdle(nowMs) || !account.isLow(nowMs)) {
          low.delete(account);
          continue;
        }
        const renewal = account.renewal(nowMs);
        if (renewal === undefined) continue;
        asked.push(renewal);
        if (asked.length === maxRenewals) break;
      }
      return asked;
    },

    holdings(nowMs) {
      return Array.from(
        allAccounts().filter((account) => account.leases.length > 0),
        (account) => account.holding(nowMs),
      );
    },

    usedPermille(budget, member) {
      return accounts.get(budget)?.get(member)?.usedPermille;
    },
  };
}

function own(reservation: Reservation): LeaseReservation {
  if (!(reservation instanceof LeaseReservation)) {
    throw new TypeError("not a reservation of a lease book: expected what reserve() returned");
  }
  if (reservation.settled) throw new Error("the reservation was settled before: an attempt is settled once");
  return reservation;
}
