-- What models were found not to take. One rule for each model, dialect and parameter: the id follows from them.
create table learned_rules (
  id text collate "C" constraint learned_rules_pkey primary key,
  model text not null,
  dialect text not null,
  path text[] not null,
  -- As ParameterRule has it.
  action jsonb not null,
  reason text not null,
  evidence text not null,
  attempt_id text not null,
  learn_time timestamptz not null,
  expire_time timestamptz not null
);

create index learned_rules_expire_time on learned_rules (expire_time);

-- One row, raised by every change of the table above, in the same transaction: how one replica learns of what another learned.
create table revisions (
  singleton boolean constraint revisions_pkey primary key constraint revisions_singleton_check check (singleton),
  revision bigint not null
);

insert into revisions (singleton, revision) values (true, 1);

-- Calls to providers that were kept on demand, without credentials.
create table raw_exchanges (
  request_id text collate "C" not null,
  attempt_id text collate "C" not null,
  sequence integer not null,
  model text not null,
  url text not null,
  request_headers jsonb not null,
  request_body bytea not null,
  -- 0: there was no answer.
  response_status integer not null,
  response_headers jsonb not null,
  response_body bytea not null,
  truncated boolean not null,
  start_time timestamptz not null,
  expire_time timestamptz not null,
  constraint raw_exchanges_pkey primary key (request_id, attempt_id, sequence)
);

create index raw_exchanges_expire_time on raw_exchanges (expire_time);
