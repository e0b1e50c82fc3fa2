export { createLeaseBook } from "./lease-book.ts";
export type {
  Demand,
  Hold,
  Holding,
  LeaseBook,
  LeaseBookOptions,
  MissingLease,
  Overrun,
  Reservation,
  ReserveOutcome,
  ResizeOutcome,
  SettleOutcome,
} from "./types.ts";
