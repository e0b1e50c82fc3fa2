-- One row for each attempt, narrow enough to be summed; the event itself lies in ledger_events.
create table ledger_entries (
  attempt_id text constraint ledger_entries_pkey primary key,
  request_id text not null,
  -- 0: no attempt was made, the cache answered.
  attempt_number bigint not null,
  instance_id text not null,
  -- 0: the event has no place among those of its instance.
  sequence bigint not null,
  start_time timestamptz not null,
  end_time timestamptz,
  -- sluice.usage.v1.Outcome
  outcome smallint not null,
  team text not null,
  key text not null,
  route text not null,
  model text not null,
  provider text not null,
  -- What was charged to the leases. Null: not known.
  cost_nanos bigint constraint ledger_entries_cost_check check (cost_nanos >= 0),
  saved_nanos bigint,
  -- What billing makes of usage and price. Null: it cannot.
  rated_nanos bigint,
  rating text not null constraint ledger_entries_rating_check check (rating in ('agrees', 'differs', 'unrated')),
  price_version text not null,
  input_tokens bigint,
  output_tokens bigint,
  -- The leases that the cost is charged to, and their budgets, in the same order.
  lease_ids text[] not null,
  budgets text[] not null,
  book_time timestamptz not null
);

create index ledger_entries_start_time on ledger_entries (start_time desc, attempt_id desc);
create index ledger_entries_request on ledger_entries (request_id);
create index ledger_entries_team on ledger_entries (team, start_time desc, attempt_id desc);
create index ledger_entries_key on ledger_entries (key, start_time desc, attempt_id desc);
create index ledger_entries_charged_instance on ledger_entries (instance_id) where lease_ids <> '{}';

create table ledger_events (
  attempt_id text constraint ledger_events_pkey primary key,
  -- sluice.usage.v1.UsageEvent
  event bytea not null
);

-- How much of each router process the ledger has, and whether policy was told what it spent.
create table instances (
  instance_id text constraint instances_pkey primary key,
  -- Sequences of the events that were booked.
  received int8multirange not null,
  -- How many events there are in all. Null: the process has not closed.
  last_sequence bigint,
  -- Rises with every change to the entries of the process.
  revision bigint not null,
  -- When policy confirmed. Null: it has not, or entries have changed since.
  reconcile_time timestamptz,
  reconcile_attempts integer not null default 0,
  -- No attempt is made before.
  next_reconcile_time timestamptz not null
);

create index instances_to_reconcile on instances (next_reconcile_time)
  where last_sequence is not null and reconcile_time is null;

-- Messages that cannot be booked, for a person to look at.
create table dead_letters (
  -- SHA-256 of subject, message id and body: a message that comes again is the same letter.
  digest bytea constraint dead_letters_pkey primary key,
  subject text not null,
  message_id text not null,
  body bytea not null,
  reason text not null,
  first_time timestamptz not null,
  last_time timestamptz not null,
  arrivals bigint not null default 1
);
