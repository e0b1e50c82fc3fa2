-- What stands of a budget in one window of time; a budget that gives each key or user a window of its own has one row for each.
--
-- With the leases of the window, each counted by its state:
--   live        spent -> committed, retained - spent -> leased
--   closed      spent -> committed
--   expired     retained -> committed, of which retained - spent -> presumed
--   reconciled  spent -> committed
-- committed_nanos = folded_nanos + their sum, presumed_nanos and leased_nanos = their sums.
create table budget_windows (
  id bigint generated always as identity constraint budget_windows_pkey primary key,
  budget text collate "C" not null,
  -- The key's id, or the user; empty where all share one window.
  member text collate "C" not null,
  window_start timestamptz not null,
  window_end timestamptz not null,
  -- As the configuration said at the last acquisition.
  limit_nanos bigint not null constraint budget_windows_limit_check check (limit_nanos >= 0),
  committed_nanos bigint not null default 0,
  presumed_nanos bigint not null default 0,
  leased_nanos bigint not null default 0 constraint budget_windows_leased_check check (leased_nanos >= 0),
  -- The part of committed_nanos whose leases are no longer kept.
  folded_nanos bigint not null default 0,
  -- By how much the limit was lowered below what was taken already, or a router spent beyond its lease. A grant never raises it.
  overdrawn_nanos bigint not null default 0 constraint budget_windows_overdrawn_check check (overdrawn_nanos >= 0),
  -- Until when holders are asked to give back what they do not need, because another could not be served.
  contended_until timestamptz,
  constraint budget_windows_key unique (budget, member, window_start, window_end),
  constraint budget_windows_bounds_check check (window_start < window_end),
  constraint budget_windows_presumed_check check (presumed_nanos between 0 and committed_nanos),
  constraint budget_windows_folded_check check (folded_nanos between 0 and committed_nanos),
  -- The cap.
  constraint budget_windows_cap_check check (committed_nanos + leased_nanos <= limit_nanos + overdrawn_nanos)
) with (fillfactor = 50);

create index budget_windows_end on budget_windows (window_end);

create table leases (
  id text constraint leases_pkey primary key,
  window_id bigint not null constraint leases_window_fkey references budget_windows (id) on delete cascade,
  request_id text not null,
  -- The place of its demand in the request.
  position integer not null,
  instance_id text not null,
  -- As it was granted.
  amount_nanos bigint not null constraint leases_amount_check check (amount_nanos >= 0),
  -- What it holds, spent included. Only falls, unless more is spent than it held.
  retained_nanos bigint not null,
  spent_nanos bigint not null constraint leases_spent_check check (spent_nanos >= 0),
  state text not null constraint leases_state_check check (state in ('live', 'closed', 'expired', 'reconciled')),
  expire_time timestamptz not null,
  -- When it ceased to be live.
  end_time timestamptz,
  -- As they were answered, so that the answer can be given again.
  scarce boolean not null,
  used_permille integer not null,
  constraint leases_request_key unique (request_id, position),
  constraint leases_retained_check check (retained_nanos >= spent_nanos),
  constraint leases_end_check check ((state = 'live') = (end_time is null))
) with (fillfactor = 70);

create index leases_live on leases (expire_time, window_id) where state = 'live';
create index leases_window on leases (window_id);
create index leases_instance on leases (instance_id);
