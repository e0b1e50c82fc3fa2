-- Unlogged: what a crash of the server loses costs a provider's answer again, never a wrong one.
create unlogged table entries (
  partition text not null,
  digest bytea not null,
  entry bytea not null,
  size_bytes integer not null generated always as (octet_length(entry)) stored,
  create_time timestamptz not null,
  expire_time timestamptz not null,
  constraint entries_pkey primary key (partition, digest),
  constraint entries_digest_length check (octet_length(digest) = 32)
);

create index entries_expire_time_idx on entries (expire_time);
create index entries_create_time_idx on entries (create_time) include (size_bytes);

-- What replicas read to forget what they hold in memory. Rows are removed after an hour.
create table purges (
  id uuid not null default gen_random_uuid(),
  partition text not null,
  purge_time timestamptz not null default now(),
  constraint purges_pkey primary key (id)
);

create index purges_purge_time_idx on purges (purge_time);
